//! A set of names, or of everything.

/// Names, and maybe "everything" beside them: taking that away leaves the names.
#[derive(Clone, Debug)]
pub(super) struct Names<T> {
    all: bool,
    /// Few, so that looking at each is quick.
    some: Vec<T>,
}

/// An element of such a set.
#[derive(Clone, Debug)]
pub(super) enum Name<T> {
    All,
    One(T),
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            all: false,
            some: Vec::new(),
        }
    }
}

impl<T: PartialEq> Names<T> {
    /// The set of everything.
    pub(super) fn all() -> Self {
        Self {
            all: true,
            some: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.all && self.some.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.some.len() + usize::from(self.all)
    }

    /// Returns whether it is all, or has a name for which this holds.
    pub(super) fn covers(&self, name: impl Fn(&T) -> bool) -> bool {
        self.all || self.some.iter().any(name)
    }

    pub(super) fn add(&mut self, name: Name<T>) {
        match name {
            Name::All => self.all = true,
            Name::One(name) if self.some.contains(&name) => {}
            Name::One(name) => self.some.push(name),
        }
    }

    pub(super) fn remove(&mut self, name: &Name<T>) {
        match name {
            Name::All => self.all = false,
            Name::One(name) => self.some.retain(|held| held != name),
        }
        self.some.shrink_to_fit();
    }

    /// The names, without "everything".
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.some.iter()
    }
}
