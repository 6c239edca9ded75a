//! The arguments of `whose cost` and `whose graph`.

use clap::Args;
use whose_store::{CostFilter, GraphFilter, GroupBy, TimeBucket};

use crate::command_line::args::ReasonArgs;

#[derive(Debug, Args)]
pub(crate) struct CostArgs {
    /// The grouping: `user`, `model`, `provider`, `session`, `conversation`, `agent`, `tool`, `service`,
    /// `day`, `tag:KEY` or `attr:KEY`
    #[arg(long, value_name = "GROUP", default_value_t)]
    pub(crate) by: GroupBy,
    /// The cost over time: for each `minute`, `hour`, `day` or `month`, in UTC. A range with more than
    /// 10,000 of them is shown in longer ones
    #[arg(long, value_name = "LENGTH")]
    pub(crate) over: Option<TimeBucket>,
    /// Only calls of this group, such as `model=gpt-4o` or `tag:plan=pro`; can be repeated, and a call
    /// has to be in every group
    #[arg(long, value_name = "GROUP=VALUE", value_parser = condition)]
    only: Vec<Condition>,
    /// Only calls without such a group: `user` lists the calls without a user
    #[arg(long, value_name = "GROUP")]
    without: Vec<GroupBy>,
    /// Only calls of this user
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Only calls of this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Only calls of this model
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition(GroupBy, String);

/// Parses `model=gpt-4o`. A key of a tag or an attribute cannot contain `=`.
fn condition(text: &str) -> Result<Condition, String> {
    let (by, value) = text
        .split_once('=')
        .ok_or("expected GROUP=VALUE, such as `model=gpt-4o` or `tag:plan=pro`")?;
    let by = by.parse().map_err(|error| format!("{error}"))?;
    Ok(Condition(by, value.to_owned()))
}

impl CostArgs {
    /// The user whose calls alone are counted.
    pub(crate) fn viewed_user(&self) -> Option<&str> {
        let only = self
            .only
            .iter()
            .find(|Condition(by, _)| *by == GroupBy::User);
        let only = only.map(|Condition(_, id)| id.as_str());
        self.user.as_deref().or(only)
    }

    pub(crate) fn filter(&self) -> CostFilter {
        let named = [
            (GroupBy::User, &self.user),
            (GroupBy::Session, &self.session),
            (GroupBy::Model, &self.model),
        ];
        let named = named
            .into_iter()
            .filter_map(|(by, key)| Some((by, key.clone()?)));
        let only = self
            .only
            .iter()
            .cloned()
            .map(|Condition(by, key)| (by, key));
        let filter = named
            .chain(only)
            .fold(CostFilter::new(), |filter, (by, key)| filter.only(by, key));
        let without = self.without.iter().cloned();
        without.fold(filter, CostFilter::without)
    }
}

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    /// Only calls of this user
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,
    /// Only calls of this session
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// The most nodes; those with the fewest calls become the node `other`
    #[arg(long, value_name = "COUNT", default_value_t = GraphFilter::DEFAULT_NODES)]
    nodes: usize,
    #[command(flatten)]
    pub(crate) why: ReasonArgs,
}

impl GraphArgs {
    pub(crate) fn filter(&self) -> GraphFilter {
        let mut filter = GraphFilter::new().max_nodes(self.nodes);
        if let Some(user) = &self.user {
            filter = filter.user(user);
        }
        match &self.session {
            Some(session) => filter.session(session),
            None => filter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn condition_is_split_at_the_first_sign() {
        let parsed = condition("tag:plan=a=b").unwrap();
        assert_eq!(parsed, Condition(GroupBy::Tag("plan".into()), "a=b".into()));
        assert!(condition("model").unwrap_err().contains("GROUP=VALUE"));
        assert!(condition("weather=rain").unwrap_err().contains("`model`"));
    }
}
