pub struct Account {
    pub name: String,
}

#[attribute]
pub async fn name_of(account: &Account) -> String {
    account.name
}
