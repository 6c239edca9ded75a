//! Bodies with every exit: `let … else`, labels, `return` in loops, and `if let`.
use std::collections::VecDeque;
use whose::{with_session, with_user};

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

fn is_alice() {
    assert_eq!(user().as_deref(), Some("alice"));
}

#[with_user("alice")]
fn let_else(text: Option<&str>) -> Result<(u8, char), String> {
    let Some(text) = text else {
        return Err(user().unwrap_or_default());
    };
    let (Some(first), Ok(n)) = (text.chars().next(), text.parse()) else {
        is_alice();
        return Err(text.into());
    };
    Ok((n, first))
}

#[whose::trace(user_id = "alice", output, err)]
async fn let_else_later(each: &[Result<u8, &str>]) -> Result<u8, String> {
    let mut sum = 0;
    for one in each {
        let Ok(one) = one else { break };
        let 1.. = *one else { continue };
        tokio::task::yield_now().await;
        sum += one;
    }
    let Some(Ok(_)) = each.last() else {
        return Err(format!("{sum} for {:?}", user()));
    };
    Ok(sum)
}

#[whose::trace(user_id = "alice", output)]
fn labels(grid: &[[u8; 3]]) -> Option<(usize, usize)> {
    let found = 'rows: loop {
        for (y, row) in grid.iter().enumerate() {
            'cells: for (x, cell) in row.iter().enumerate() {
                match cell {
                    0 => continue 'cells,
                    7 => break 'rows Some((x, y)),
                    9 => return None,
                    _ => {}
                }
            }
        }
        break None;
    };
    is_alice();
    found
}

#[with_user("alice")]
fn labelled_blocks(n: u8) -> &'static str {
    'known: {
        let size = 'size: {
            if n > 100 {
                break 'size "big";
            }
            if n == 0 {
                break 'known "zero";
            }
            is_alice();
            "small"
        };
        size
    }
}

#[whose::trace(user_id = "alice")]
async fn labels_later(mut queue: VecDeque<u8>) -> (u8, usize) {
    let mut sum = 0;
    'work: while let Some(n) = queue.pop_front() {
        loop {
            tokio::task::yield_now().await;
            match n {
                0 => break 'work,
                255 => return (0, queue.len()),
                1..=9 => break,
                _ => continue 'work,
            }
        }
        sum += n;
    }
    is_alice();
    (sum, queue.len())
}

#[with_session(7)]
fn returns_in_loops(list: &[i8]) -> Result<i8, usize> {
    for (at, n) in list.iter().enumerate() {
        let mut left = *n;
        loop {
            if left < 0 {
                return Err(at);
            }
            if left > 100 {
                return Ok(*n);
            }
            left = if left == 0 { break } else { left.saturating_mul(2) };
        }
    }
    assert_eq!(whose::current().session_id(), Some("7"));
    Err(list.len())
}

#[whose::trace(user_id = "alice", output)]
async fn conditions(text: Option<&str>, limit: Option<u8>) -> &'static str {
    if let Some(text) = text
        && let Ok(n) = text.parse::<u8>()
        && limit.is_none_or(|limit| n < limit)
    {
        tokio::task::yield_now().await;
        is_alice();
        "in"
    } else if let Some("x" | "y") = text {
        return "letter";
    } else {
        match limit {
            Some(limit @ 10..) if limit % 2 == 0 => "even",
            _ if matches!(user().as_deref(), Some("alice")) => "out",
            _ => unreachable!(),
        }
    }
}

// A deferred initialisation, and one that happens in a single branch only.
#[with_user("alice")]
async fn deferred(early: bool) -> String {
    let value;
    let held: String;
    if early {
        value = "early";
    } else {
        tokio::task::yield_now().await;
        held = user().unwrap_or_default();
        value = &held;
    }
    value.to_owned()
}

#[with_user("alice")]
fn returns_unit(list: &mut Vec<Option<String>>) {
    if !list.is_empty() {
        return;
    }
    list.push(user())
}

#[whose::trace(user_id = "alice")]
async fn returns_unit_later(list: &mut Vec<Option<String>>) {
    if list.len() > 1 {
        return Default::default();
    }
    tokio::task::yield_now().await;
    list.push(user());
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(let_else(Some("7")), Ok((7, '7')));
    assert_eq!((let_else(None), let_else(Some("x"))), (Err("alice".into()), Err("x".into())));
    assert_eq!(let_else_later(&[Ok(1), Ok(0), Ok(2)]).await, Ok(3));
    assert_eq!(let_else_later(&[Ok(1), Err("x")]).await, Err(r#"1 for Some("alice")"#.into()));
    assert_eq!(labels(&[[0, 1, 2], [1, 7, 9]]), Some((1, 1)));
    assert_eq!((labels(&[[9, 7, 0]]), labels(&[])), (None, None));
    assert_eq!([0, 1, 200].map(labelled_blocks), ["zero", "small", "big"]);
    assert_eq!(labels_later(VecDeque::from([1, 20, 2, 0, 3])).await, (3, 1));
    assert_eq!(labels_later(VecDeque::from([1, 255, 2])).await, (0, 1));
    assert_eq!(returns_in_loops(&[0, 1]), Ok(1));
    assert_eq!((returns_in_loops(&[0, -1]), returns_in_loops(&[0])), (Err(1), Err(1)));
    assert_eq!(
        (conditions(Some("3"), Some(4)).await, conditions(Some("y"), None).await),
        ("in", "letter")
    );
    assert_eq!(
        (conditions(None, Some(10)).await, conditions(Some("3"), Some(3)).await),
        ("even", "out")
    );
    assert_eq!((deferred(true).await, deferred(false).await), ("early".into(), "alice".into()));
    let mut list = Vec::new();
    returns_unit(&mut list);
    returns_unit(&mut list);
    returns_unit_later(&mut list).await;
    returns_unit_later(&mut list).await;
    assert_eq!(list, [Some("alice".into()), Some("alice".into())]);
    assert_eq!(user(), None);
}
