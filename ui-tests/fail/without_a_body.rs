use whose::with_user;

trait Tool {
    #[with_user]
    async fn run(&self, user: &str);
}

unsafe extern "C" {
    #[whose::trace]
    fn foreign();
}

fn main() {}
