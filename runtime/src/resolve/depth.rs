//! Limits the depth of captured stacks.

use std::sync::Arc;

use crate::frame::Frame;
use crate::resolve::flatten::{flatten, Flattened};
use crate::stack::{self, frames, nodes, Node, Snapshot, Stack};

/// The depth above which a captured stack is flattened.
const CAPTURED_FRAMES: u32 = 32;
/// How many isolated scopes of a captured stack, innermost first, stay live even after they ended.
/// Isolated scopes further out stay live while they are open.
const LIVE_SCOPES: usize = 32;

/// Flattens a captured stack of more than [`CAPTURED_FRAMES`] frames: the fixed frames between two
/// isolated scopes become one frame. The limit bounds the memory of a worker that respawns itself for
/// ever. The innermost frame stays as it is.
#[inline]
pub(crate) fn limit_depth(snapshot: &mut Snapshot) {
    if snapshot.depth() > CAPTURED_FRAMES {
        limit_deep(snapshot.stack());
    }
}

#[cold]
fn limit_deep(stack: &mut Stack) {
    if let Some(node) = stack {
        let outer = node.parent.as_ref();
        let outer = outer.and_then(|outer| stack::flattened(outer, flatten_stack));
        *node = rebuilt_on(node, outer);
    }
}

fn flatten_stack(stack: &Arc<Node>) -> Stack {
    let stack = &Some(stack.clone());
    let mut live_scopes = Vec::new();
    let mut segments: Vec<Vec<&Arc<Node>>> = vec![Vec::new()];
    for node in nodes(stack) {
        match &node.frame {
            Frame::Isolated(isolated) if live_scopes.len() < LIVE_SCOPES || isolated.is_open() => {
                live_scopes.push(node);
                segments.push(Vec::new());
            }
            _ => segments
                .last_mut()
                .into_iter()
                .for_each(|last| last.push(node)),
        }
    }
    // A flattened frame cannot hold the hooks of tests, so they stay as they are. Their number is the
    // number that a test opened, not the number of hops.
    let is_test_hook = |node: &&Arc<Node>| match &node.frame {
        Frame::Global(_) => true,
        Frame::Isolated(isolated) => isolated.observer.is_some(),
        Frame::User(..) | Frame::Fixed(_) | Frame::Span(_) => false,
    };
    let hooks: Vec<_> = segments
        .iter()
        .flatten()
        .copied()
        .filter(is_test_hook)
        .collect();
    let hooks = reparent_all(&hooks, None);
    let mut segments = segments.iter().rev();
    let outermost = segments.next().map_or(&[][..], Vec::as_slice);
    let flattened = on_flattened(outermost, hooks);
    live_scopes
        .iter()
        .rev()
        .zip(segments)
        .fold(flattened, |flattened, (isolated, inside)| {
            on_flattened(inside, Some(rebuilt_on(isolated, flattened)))
        })
}

/// The frame of `node` on a flattened stack.
fn rebuilt_on(node: &Arc<Node>, outer: Stack) -> Arc<Node> {
    Node::replacing(&[node], node.frame.clone(), outer)
}

/// The frames of `nodes`, which are innermost first, on `stack`.
fn reparent_all(nodes: &[&Arc<Node>], stack: Stack) -> Stack {
    let push = |stack, node: &&Arc<Node>| Some(node.reparented(stack));
    nodes.iter().rev().fold(stack, push)
}

/// The frames of `nodes` as one frame, or two, on `stack`.
fn on_flattened(nodes: &[&Arc<Node>], stack: Stack) -> Stack {
    let Flattened { data, outside } = flatten(&reparent_all(nodes, None), frames(&stack));
    let stack = match outside {
        Some(actors) => Some(Node::new(Frame::Fixed(actors.into()), stack)),
        None => stack,
    };
    match data {
        Some(data) => Some(Node::replacing(nodes, Frame::Fixed(data.into()), stack)),
        None => stack,
    }
}
