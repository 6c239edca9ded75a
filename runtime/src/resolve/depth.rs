//! How deep a captured stack may be.

use std::sync::Arc;

use crate::frame::Frame;
use crate::resolve::precedence::flatten;
use crate::stack::{self, nodes, Node, Snapshot, Stack};

/// How deep a captured stack may be before it is summed up.
const CAPTURED_FRAMES: u32 = 32;
/// How many isolated scopes of a captured stack stay live, the innermost first, also where they have
/// ended; any more stay live as long as they are open.
const LIVE_SCOPES: usize = 32;

/// Bounds a stack that is kept by a span, a task or a channel, so that a worker that respawns itself
/// for ever stays flat: past 32 frames, the fixed frames between the isolated scopes are summed up.
/// The innermost frame stays as it is.
#[inline]
pub(crate) fn limit_depth(captured: &mut Snapshot) {
    if captured.depth() > CAPTURED_FRAMES {
        limit_deep(captured.stack());
    }
}

#[cold]
fn limit_deep(stack: &mut Stack) {
    if let Some(node) = stack {
        let outer = node.parent.as_ref();
        let outer = outer.and_then(|outer| stack::flattened(outer, flatten_stack));
        *node = in_place_of(node, outer);
    }
}

fn flatten_stack(stack: &Arc<Node>) -> Stack {
    let stack = &Some(stack.clone());
    let mut live = Vec::new();
    let mut segments: Vec<Vec<&Arc<Node>>> = vec![Vec::new()];
    for node in nodes(stack) {
        match &node.frame {
            Frame::Isolated(isolated) if live.len() < LIVE_SCOPES || isolated.is_open() => {
                live.push(node);
                segments.push(Vec::new());
            }
            _ => segments
                .last_mut()
                .into_iter()
                .for_each(|last| last.push(node)),
        }
    }
    // What tests hook into is no attribution that a sum could hold: it stays as it is. There are
    // as many such frames as a test opened, never one a hop.
    let is_hook = |node: &&Arc<Node>| match &node.frame {
        Frame::Global(_) => true,
        Frame::Isolated(isolated) => isolated.observer.is_some(),
        Frame::User(_) | Frame::Fixed(_) | Frame::Recorded(_) => false,
    };
    let hooks: Vec<_> = segments.iter().flatten().copied().filter(is_hook).collect();
    let hooks = chain(&hooks, None);
    let mut segments = segments.iter().rev();
    let outermost = segments.next().map_or(&[][..], Vec::as_slice);
    let summed = on_flattened(outermost, hooks);
    live.iter()
        .rev()
        .zip(segments)
        .fold(summed, |summed, (isolated, inside)| {
            on_flattened(inside, Some(in_place_of(isolated, summed)))
        })
}

/// The same frame on what was outside it, summed up.
fn in_place_of(node: &Arc<Node>, outer: Stack) -> Arc<Node> {
    Node::instead_of(&[node], node.frame.clone(), outer)
}

/// The nodes, which are innermost first, on a stack.
fn chain(nodes: &[&Arc<Node>], stack: Stack) -> Stack {
    let onto = |stack, node: &&Arc<Node>| Some(node.reparented(stack));
    nodes.iter().rev().fold(stack, onto)
}

/// What the nodes say, as one frame on a stack.
fn on_flattened(nodes: &[&Arc<Node>], stack: Stack) -> Stack {
    match flatten(&chain(nodes, None)) {
        Some(says) => Some(Node::instead_of(nodes, Frame::Fixed(says.into()), stack)),
        None => stack,
    }
}
