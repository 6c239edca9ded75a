//! Measures times; see `whose_benches::worker`.

use whose_benches::failure::Failure;

fn main() -> Result<(), Failure> {
    whose_benches::worker::serve(None)
}
