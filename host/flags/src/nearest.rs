//! The name that another may be a slip for.

/// The first of the nearest among `known` that `name` may be a slip for: one slip in three
/// characters, or one in a short name.
///
/// ```
/// use guild_flags::nearest;
/// assert_eq!(nearest("trian", ["test", "train"]), Some("train"));
/// assert_eq!(nearest("trian", ["evaluate"]), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let near = |known: &'a str| {
        let slips = strsim::damerau_levenshtein(&lower, &known.to_lowercase());
        let shorter = name.chars().count().min(known.chars().count());
        (slips <= (shorter / 3).max(1) && slips < shorter).then_some((slips, known))
    };
    known.into_iter().filter_map(near).min().map(|(_, known)| known)
}
