// An error of one method is reported at the method.
struct Agent {
    plan: Plan,
}

struct Plan;

#[whose::trace(user = self.plan, output)]
impl Agent {
    fn a() {}
    fn b(&self) {}
    fn c() -> Plan {
        Plan
    }
}

fn main() {}
