//! Names that are much alike.

/// The name that differs in one or two letters.
pub(super) fn closest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let allowed = if name.len() < 5 { 1 } else { 2 };
    let near = known.iter().map(|other| (distance(name, other), *other));
    near.filter(|(distance, _)| (1..=allowed).contains(distance)).min().map(|(_, other)| other)
}

/// How many letters must be put in, left out or changed. Long names are not compared.
fn distance(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 2 || a.len() > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
