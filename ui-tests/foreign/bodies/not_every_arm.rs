pub enum State {
    Open,
    Closed,
    Lost,
}

#[attribute]
pub fn name(state: &State) -> &'static str {
    match state {
        State::Open => "open",
        State::Closed => "closed",
    }
}
