//! The cases of the conditions and suggestions of a search.

use whose_store::{
    Comparison, Queries, Query, SearchCondition, SearchField, SearchFilter, SuggestionsOf,
    ValueTest,
};

use crate::rows::{rows, texts};

fn is(field: SearchField, value: &str) -> SearchCondition {
    SearchCondition::field(field, ValueTest::Is(value.into()))
}

pub(crate) fn conditions(engine: &dyn Queries) {
    let found = |filter| {
        let rows = rows(engine.search(&filter, &Query::all()));
        texts(&rows, |row| row.message.as_deref().or(row.model.as_deref()))
    };
    let all = SearchFilter::all;
    let field = SearchCondition::field;
    let attribute = |key: &str| SearchField::UserAttribute(key.into());
    let late = all().user("carol").with(is(SearchField::Source, "late"));
    assert_eq!(found(late), ["before the login"]);
    let acted = all().with(is(SearchField::Actor, "olive"));
    assert_eq!(found(acted), ["writes for him"]);
    let large = field(
        SearchField::Tokens,
        ValueTest::Number(Comparison::AtLeast, 1_100_000.0),
    );
    assert_eq!(found(all().with(large)), ["gpt-4o"]);
    let dear = field(
        SearchField::Cost,
        ValueTest::Number(Comparison::Greater, 3.0),
    );
    assert_eq!(found(all().with(dear)), ["gpt-4o"]);
    let unpriced = all()
        .with(field(SearchField::Model, ValueTest::Present))
        .with(field(SearchField::Cost, ValueTest::Present).negated());
    assert_eq!(found(unpriced), ["our-own"]);
    let failed = is(SearchField::Failed, "TRUE");
    let of_pro = all().with(failed).with(is(attribute("plan"), "pro"));
    assert_eq!(found(of_pro), ["card declined"]);
    let in_paris = is(SearchField::Field("city".into()), "Paris");
    let refunds = || all().with(SearchCondition::words("refund"));
    assert_eq!(
        found(refunds().with(in_paris.clone())),
        ["looks for a refund"]
    );
    assert_eq!(
        found(refunds().with(in_paris.negated())),
        ["looks at a refund"]
    );
    let no_user = field(SearchField::User, ValueTest::Present).negated();
    let on_purpose = all()
        .with(no_user)
        .with(is(SearchField::Reason, "anonymous"));
    assert_eq!(found(on_purpose), ["on purpose"]);
    assert_eq!(found(all().user("nowhere")), [""; 0]);
    assert_eq!(found(all().session("nowhere")), [""; 0]);
}

pub(crate) fn suggestions(engine: &dyn Queries) {
    let found = |of, prefix| engine.suggestions(&of, prefix, 2).unwrap();
    let values = |field, prefix| found(SuggestionsOf::Values(field), prefix);
    assert_eq!(values(SearchField::User, ""), ["alice", "bob"]);
    assert_eq!(values(SearchField::User, "c"), ["carol"]);
    assert_eq!(values(SearchField::Session, "s-3"), ["s-3"]);
    assert_eq!(values(SearchField::Model, "GPT"), ["gpt-4o"]);
    assert_eq!(values(SearchField::Actor, "nowhere"), [""; 0]);
    assert_eq!(found(SuggestionsOf::AttributeKeys, "p"), ["plan"]);
    assert_eq!(found(SuggestionsOf::FieldKeys, "ci"), ["city"]);
}
