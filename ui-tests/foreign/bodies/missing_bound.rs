#[attribute]
pub fn largest<T>(values: &[T]) -> Option<&T> {
    values.iter().max()
}
