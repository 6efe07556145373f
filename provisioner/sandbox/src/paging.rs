//! Cuts a listing into pages, as every Describe and List call of AWS does. Must not know any service.

/// A page, and the token for the next one if something is left.
pub(crate) type Page<T> = (Vec<T>, Option<String>);

/// The page of `items` that `token` asks for, or `None` for a token that no page gave out.
///
/// A token is the place in the list: good enough where the world stands still between two pages, and readable in a log.
pub(crate) fn page<T>(items: Vec<T>, token: Option<&str>, size: usize) -> Option<Page<T>> {
    let start = match token {
        None | Some("") => 0,
        Some(token) => token.strip_prefix("page-at-")?.parse().ok()?,
    };
    if start > 0 && start >= items.len() {
        return None;
    }
    let more = items.len() > start + size;
    let next = more.then(|| format!("page-at-{}", start + size));
    Some((items.into_iter().skip(start).take(size).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_the_list_once() {
        let (first, token) = page(vec![1, 2, 3], None, 2).unwrap();
        let (second, end) = page(vec![1, 2, 3], token.as_deref(), 2).unwrap();
        assert_eq!((first, second, end), (vec![1, 2], vec![3], None));
        assert_eq!(page(vec![1], Some("elsewhere"), 2), None);
        assert_eq!(page(Vec::<u8>::new(), None, 2), Some((vec![], None)));
    }
}
