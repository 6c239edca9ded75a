// What is wrong with one method is told at that method.
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
