fn area(width: u32, height: u32) -> u32 {
    width * height
}

#[attribute]
pub fn square(side: u32) -> u32 {
    area(side)
}
