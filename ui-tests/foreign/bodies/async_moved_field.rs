pub struct Order {
    pub id: u64,
    pub lines: Vec<String>,
}

#[attribute]
pub async fn place(order: Order) -> (u64, Vec<String>, usize) {
    let lines = order.lines;
    let count = order.lines.len();
    (order.id, lines, count)
}
