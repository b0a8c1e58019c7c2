//! What two consoles keep in one file: each lays over it what it has changed itself, and nothing else.

use std::collections::BTreeMap;

use super::{MOST_VIEWS, Preferences, View};

/// More views than are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("with those that another console has saved there would be {0} views, and {MOST_VIEWS} are kept: take one away first")]
pub struct TooMany(usize);

impl Preferences {
    /// What is kept by now, with what this console has changed since `before` to come to `after`.
    ///
    /// # Errors
    /// When there would be more views than are kept.
    pub fn with_changes(&self, before: &Self, after: &Self) -> Result<Self, TooMany> {
        let views = views(&self.views, &before.views, &after.views);
        if views.len() > MOST_VIEWS && after.views != before.views {
            return Err(TooMany(views.len()));
        }
        Ok(Self {
            columns: newer(&self.columns, &before.columns, &after.columns),
            sort: newer(&self.sort, &before.sort, &after.sort),
            folds: folds(&self.folds, &before.folds, &after.folds),
            views,
            theme: newer(&self.theme, &before.theme, &after.theme),
        })
    }
}

/// One value: ours where we have changed it.
fn newer<T: Clone + PartialEq>(kept: &T, before: &T, after: &T) -> T {
    if before == after { kept.clone() } else { after.clone() }
}

/// Each app on its own.
fn folds<K: Clone + Ord, V: Clone + PartialEq>(kept: &BTreeMap<K, V>, before: &BTreeMap<K, V>, after: &BTreeMap<K, V>) -> BTreeMap<K, V> {
    let mut folds = kept.clone();
    folds.retain(|app, _| after.contains_key(app) || !before.contains_key(app));
    folds.extend(after.iter().filter(|(app, fold)| before.get(*app) != Some(*fold)).map(|(app, fold)| (app.clone(), fold.clone())));
    folds
}

/// Each view by its name, in the order in which they are kept, those that are new behind them.
fn views(kept: &[View], before: &[View], after: &[View]) -> Vec<View> {
    let find = |views: &[View], name: &str| views.iter().find(|view| &*view.name == name).cloned();
    let mut views: Vec<View> = kept.to_vec();
    views.retain(|view| find(after, &view.name).is_some() || find(before, &view.name).is_none());
    for changed in after.iter().filter(|view| find(before, &view.name).as_ref() != Some(*view)) {
        match views.iter_mut().find(|view| view.name == changed.name) {
            Some(view) => *view = changed.clone(),
            None => views.push(changed.clone()),
        }
    }
    views
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(name: &str, filter: &str) -> View {
        View { filter: filter.into(), ..View::named(name) }
    }

    fn names(preferences: &Preferences) -> String {
        preferences.views.iter().map(|view| format!("{}={}", view.name, view.filter)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_another_console_has_changed_stays() {
        let fold = |folds: &[(&str, bool)]| folds.iter().map(|(app, folded)| ((*app).into(), *folded)).collect::<BTreeMap<_, _>>();
        let before = Preferences {
            views: vec![view("a", "1"), view("b", "1"), view("c", "1")],
            folds: fold(&[("h", true), ("via", true)]),
            ..Preferences::default()
        };
        // The other one has saved x, changed b, taken c away, unfolded via and chosen a theme.
        let kept = Preferences {
            views: vec![view("a", "1"), view("b", "theirs"), view("x", "theirs")],
            folds: fold(&[("h", true), ("via", false)]),
            theme: Some("light".into()),
            ..before.clone()
        };
        // This one has saved y, changed a, and let h be as it usually is.
        let after = Preferences {
            views: vec![view("a", "ours"), view("b", "1"), view("c", "1"), view("y", "ours")],
            folds: fold(&[("via", true)]),
            sort: Some("-age".parse().unwrap()),
            ..before.clone()
        };
        let merged = kept.with_changes(&before, &after).unwrap();
        assert_eq!(names(&merged), "a=ours b=theirs x=theirs y=ours");
        assert_eq!(merged.folds, fold(&[("via", false)]));
        assert_eq!((merged.theme.as_deref(), merged.sort), (Some("light"), after.sort));
        assert_eq!(kept.with_changes(&before, &before), Ok(kept), "who has changed nothing writes nothing else");
        assert_eq!(before.with_changes(&before, &after), Ok(after), "alone, what there is is what was chosen");
    }

    #[test]
    fn one_view_too_many_is_said() {
        let of = |names: std::ops::Range<usize>| Preferences {
            views: names.map(|number| view(&number.to_string(), "")).collect(),
            ..Preferences::default()
        };
        let (before, kept, mut after) = (of(0..49), of(0..50), of(0..49));
        after.views.push(view("ours", ""));
        assert_eq!(kept.with_changes(&before, &after), Err(TooMany(51)));
        assert!(kept.with_changes(&before, &of(1..49)).is_ok());
    }
}
