//! The functions of the strict crate return and record the expected values.

use std::sync::Arc;

use whose_strict::functions::{
    boxed, closure, first_of, guarded, hidden, identified, leaves, mutable, not_for_ever,
    one_expression, only_a_span_later, patterns, session, traced, traced_later, with_fields,
};
use whose_strict::methods::{Agent, Dynamic, Tool};
use whose_strict::users::{Account, AccountId, Current};

fn of(user: &str) -> Option<String> {
    Some(user.to_owned())
}

#[tokio::test]
async fn functions_are_attributed_and_keep_results() {
    let account = Account::new(7);
    assert_eq!(traced(&account, "3"), Ok(3));
    assert!(traced(&account, "x").is_err());
    assert_eq!(traced_later(account.clone(), "3").await, Ok(3));
    assert_eq!(traced_later(account.clone(), "").await, Ok(0));
    assert_eq!(first_of(1, &[2]).await, Ok(&2));
    assert_eq!(first_of(1, &[]).await, Err("nothing for 1".to_owned()));
    only_a_span_later().await;
    assert_eq!(one_expression(&account), of("7"));
    assert_eq!(with_fields(AccountId(1)).await, of("a@example.com"));
    assert_eq!(with_fields(AccountId(0)).await, None);
    assert_eq!(
        format!("{:?}", session::<_, 3>("s")),
        r#"("s", Some("s"), 3)"#
    );
    assert!(hidden(vec![1]).await.is_some_and(|list| list.eq([1])));
    assert_eq!(boxed("alice").await, of("alice"));
    assert_eq!((closure(true).await)() + (closure(false).await)(), 3);
    let mut list = Vec::new();
    *mutable(&mut list, 1) += 1;
    assert_eq!(list, [2, 3]);
    assert_eq!(patterns(Current(&account), (1, [2, 3])).await, 5);
    assert_eq!((leaves(&[1, 8]), leaves(&[101, 8])), (Some(8), None));
    assert!(not_for_ever(&[]).await);
    assert_eq!(guarded(&account, "t"), of("7"));
    assert_eq!(identified(&account), of("7"));
    assert_eq!(whose_strict::functions::user(), None);
}

#[tokio::test]
async fn methods_are_attributed_and_keep_results() {
    let new = || Agent {
        user: "alice".to_owned(),
        calls: 0,
    };
    let mut agent = new();
    assert_eq!(Agent::name(&agent), "alice");
    *agent.call(2).await += 1;
    assert_eq!(agent.calls, 3);
    assert_eq!(agent.run(), of("alice"));
    assert_eq!(agent.run_later("ab").await, Ok(2));
    assert_eq!(agent.run_later("").await, Err("alice".to_owned()));
    assert_eq!(agent.defaulted().await, of("default"));
    assert_eq!(agent.traced(("ab", 1)).await, Ok(3));
    assert_eq!(agent.traced(("", 1)).await, Err("alice".to_owned()));
    assert_eq!(agent.later().await.unwrap().await, of("alice"));
    assert_eq!(Agent::default().later().await.err().unwrap(), "nobody");
    assert_eq!(Arc::new(new()).shared().await, of("alice"));
    assert_eq!(new().into_name(), "alice");
}
