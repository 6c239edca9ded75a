// A type that may hide an error is refused as the output of a run.
struct Report;

fn main() {
    whose::monitor("job").run(|| Report);
    let _ = whose::monitor("job").run_async(async { Report });
}
