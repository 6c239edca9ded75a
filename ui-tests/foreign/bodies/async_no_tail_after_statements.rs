#[attribute]
pub async fn average(numbers: &[u32]) -> u32 {
    let sum = numbers.iter().sum::<u32>();
    let count = numbers.len();
    println!("{sum} {count}");
}
