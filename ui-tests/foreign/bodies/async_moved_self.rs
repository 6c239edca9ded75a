pub struct Cart(Vec<u64>);

impl Cart {
    fn close(self) -> u64 {
        self.0.iter().sum()
    }

    #[attribute]
    pub async fn pay(self) -> (u64, usize) {
        let sum = self.close();
        (sum, self.0.len())
    }
}
