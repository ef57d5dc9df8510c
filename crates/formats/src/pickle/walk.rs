//! Finds tensors, arrays and lists in the values of a pickle.
//!
//! Each dictionary, list and object is entered once, and none deeper than [`MAX_DEPTH`], so circles
//! end and what refers to itself many times takes no longer than it is.

use std::collections::BTreeMap;

use super::value::{Id, Made, Pickle, Value};

/// What is in a pickle, each by its name: the keys and numbers that lead there.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What has no name of its own is called so.
    pub(crate) stem: String,
    /// Calls that make a PyTorch tensor from a storage.
    pub(crate) tensors: Vec<(String, Call)>,
    /// NumPy's arrays.
    pub(crate) arrays: Vec<(String, Id)>,
    /// Lists of single values: texts, numbers, and what is not read.
    pub(crate) lists: Vec<(String, Id)>,
    /// Dictionaries whose values are arrays, with their keys, and lists of arrays. The name is empty if
    /// nothing leads there.
    pub(crate) tables: Vec<(String, Vec<(Option<Id>, Id)>)>,
    /// The same of tensors.
    pub(crate) tensor_tables: Vec<(String, Vec<(Option<Id>, Call)>)>,
    /// What has many values without an array or a tensor in them, the number of them, and what it is.
    pub(crate) others: Vec<(String, usize, String)>,
    /// Classes of objects in which one of the above was found, with the number of them.
    pub(crate) classes: BTreeMap<String, usize>,
    /// What holds numbers but is not read, by what it is, with the name of the first and the
    /// number.
    pub(crate) unread: BTreeMap<String, (String, usize)>,
}

/// A call that makes a tensor: the function's name, and its arguments.
pub(crate) type Call = (&'static str, Id);

/// Values that are this deep in others are left out.
const MAX_DEPTH: usize = 64;

/// The most things that are found; no model has as many tensors.
const MAX_FOUND: usize = 100_000;

/// The longest name.
const NAME_BYTES: usize = 1024;

/// The arguments and states of an object that are looked at.
const MAX_ARGS: usize = 16;

/// The functions that make tensors from a storage.
const TENSORS: [&str; 3] = ["_rebuild_tensor_v2", "_rebuild_tensor", "_rebuild_tensor_v3"];

/// Those that wrap another tensor, or an array, given first.
const WRAPPERS: [&str; 5] = [
    "_rebuild_parameter",
    "_rebuild_parameter_with_state",
    "_rebuild_device_tensor_from_numpy",
    "_rebuild_device_tensor_from_cpu_tensor",
    "_rebuild_xla_tensor",
];

/// Where a module keeps what PyTorch names as if it were its own.
const INNER: [&str; 3] = ["_parameters", "_buffers", "_modules"];

/// Finds what is in `pickle`. What has no name of its own is called `stem`.
pub(crate) fn find(pickle: &Pickle<'_>, stem: &str) -> Found {
    let entered = vec![false; pickle.count()];
    let found = Found { stem: stem.to_owned(), ..Found::default() };
    let mut walk = Walk { pickle, entered, in_module: false, found };
    walk.enter(pickle.root, "", 0);
    walk.found
}

/// Whether a call makes an array of NumPy.
fn is_array(pickle: &Pickle<'_>, made: &Made) -> bool {
    pickle
        .global(made.callable)
        .is_some_and(|(module, name)| module.starts_with("numpy") && (name == "_reconstruct" || name == "_frombuffer"))
}

/// Whether a call makes a single value of NumPy.
pub(super) fn is_scalar(pickle: &Pickle<'_>, made: &Made) -> bool {
    pickle.global(made.callable).is_some_and(|(module, name)| module.starts_with("numpy") && name == "scalar")
}

/// Whether a call makes bytes, for which older pickles have no instruction.
fn is_bytes(pickle: &Pickle<'_>, made: &Made) -> bool {
    let call = pickle.global(made.callable);
    matches!(call, Some(("_codecs", "encode") | ("builtins" | "__builtin__", "bytes")))
}

/// The call that makes the tensor that `id` is, maybe in a wrapper.
fn tensor_call(pickle: &Pickle<'_>, id: Id) -> Option<Call> {
    let Value::Made(made) = pickle.value(id) else { return None };
    let (mut callable, mut args) = (made.callable, made.args);
    for _ in 0..MAX_WRAPPERS {
        let (module, function) = pickle.global(callable)?;
        if !module.starts_with("torch") {
            return None;
        }
        if let Some(function) = TENSORS.into_iter().find(|known| *known == function) {
            return Some((function, args));
        }
        (callable, args) = match *pickle.sequence(args) {
            [inner, ..] if WRAPPERS.contains(&function) => match pickle.value(inner) {
                Value::Made(made) => (made.callable, made.args),
                _ => return None,
            },
            [function_of, _, args, ..] if function == "_rebuild_from_type_v2" => (function_of, args),
            _ => return None,
        };
    }
    None
}

/// Wrappers around wrappers that are looked into.
const MAX_WRAPPERS: usize = 4;

struct Walk<'p> {
    pickle: &'p Pickle<'p>,
    entered: Vec<bool>,
    /// Whether what is entered are a module's own tensors.
    in_module: bool,
    found: Found,
}

impl Walk<'_> {
    fn enter(&mut self, id: Id, name: &str, depth: usize) {
        if self.found.count() >= MAX_FOUND {
            return self.unread(format!("after {MAX_FOUND} others"), name);
        }
        let pickle = self.pickle;
        if let Value::Made(made) = pickle.value(id) {
            return self.made(id, made, name, depth);
        }
        if !self.is_new(id, name, depth) {
            return;
        }
        match pickle.value(id) {
            Value::Dict(items) => self.items(items, name, depth),
            Value::List(items) | Value::Tuple(items) => self.elements(id, items, name, depth),
            Value::Set(items) => self.other(name, items.len(), "a set, which has no order"),
            _ => {}
        }
    }

    /// Whether a value is entered now.
    fn is_new(&mut self, id: Id, name: &str, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            self.unread(format!("more than {MAX_DEPTH} levels deep"), name);
            return false;
        }
        self.entered.get_mut(id.place()).is_some_and(|entered| !std::mem::replace(entered, true))
    }

    fn unread(&mut self, what: String, name: &str) {
        let name = self.found.called(name);
        self.found.unread.entry(what).or_insert((name, 0)).1 += 1;
    }

    fn other(&mut self, name: &str, length: usize, what: &str) {
        let name = self.found.called(name);
        self.found.others.push((name, length, what.to_owned()));
    }

    fn items(&mut self, items: &[(Id, Id)], name: &str, depth: usize) {
        let pickle = self.pickle;
        let is_key = |key: Id| matches!(pickle.value(key), Value::Text(_) | Value::Int(_));
        if items.iter().all(|(key, _)| is_key(*key))
            && self.table(items.iter().map(|&(key, value)| (Some(key), value)), name)
        {
            return;
        }
        for &(key, value) in items {
            let key = pickle.key(key);
            let is_inner = INNER.contains(&&*key);
            let inner = if is_inner { name.to_owned() } else { joined(name, &key) };
            let outer = std::mem::replace(&mut self.in_module, is_inner);
            self.enter(value, &inner, depth + 1);
            self.in_module = outer;
        }
    }

    /// Adds values that are all arrays, or all tensors but a module's own, as one. Returns whether they
    /// are.
    fn table(&mut self, items: impl ExactSizeIterator<Item = (Option<Id>, Id)> + Clone, name: &str) -> bool {
        let pickle = self.pickle;
        let is_array = |id: Id| matches!(pickle.value(id), Value::Made(made) if is_array(pickle, made));
        if items.len() < 2 {
            return false;
        }
        if items.clone().all(|(_, value)| is_array(value)) {
            self.found.tables.push((name.to_owned(), items.collect()));
            return true;
        }
        let calls = items.map(|(key, value)| Some((key, tensor_call(pickle, value)?)));
        let calls = if self.in_module { None } else { calls.collect::<Option<Vec<_>>>() };
        let is_table = calls.is_some();
        self.found.tensor_tables.extend(calls.map(|calls| (name.to_owned(), calls)));
        is_table
    }

    fn elements(&mut self, id: Id, items: &[Id], name: &str, depth: usize) {
        let is_single = |&id: &Id| match self.pickle.value(id) {
            Value::Made(made) => is_scalar(self.pickle, made) || is_bytes(self.pickle, made),
            Value::Global(..) | Value::Persistent(_) => false,
            value => !matches!(value, Value::Tuple(_) | Value::List(_) | Value::Set(_) | Value::Dict(_)),
        };
        if !items.is_empty() && items.iter().all(is_single) {
            self.found.lists.push((self.found.called(name), id));
            return;
        }
        if self.table(items.iter().map(|&item| (None, item)), name) {
            return;
        }
        let before = self.found.numbers();
        for (place, &item) in items.iter().enumerate() {
            // Numbers and texts among other values are no columns and have nothing in them.
            if matches!(self.pickle.value(item), Value::Made(_) | Value::Dict(_) | Value::List(_) | Value::Tuple(_)) {
                self.enter(item, &joined(name, &place.to_string()), depth + 1);
            }
        }
        if self.found.numbers() == before {
            self.other(name, items.len(), "a list of other values than texts and numbers");
        }
    }

    fn made(&mut self, id: Id, made: &Made, name: &str, depth: usize) {
        self.called_with(id, made.callable, made.args, name, depth);
    }

    /// A call, or one that another call is given.
    fn called_with(&mut self, id: Id, callable: Id, args: Id, name: &str, depth: usize) {
        let pickle = self.pickle;
        let (module, function) = pickle.global(callable).unwrap_or_default();
        let given = pickle.sequence(args);
        if depth > MAX_DEPTH {
            return self.unread(format!("more than {MAX_DEPTH} levels deep"), name);
        }
        if module.starts_with("torch") {
            if let Some(function) = TENSORS.into_iter().find(|known| *known == function) {
                return self.found.tensors.push((self.found.called(name), (function, args)));
            }
            if WRAPPERS.contains(&function) {
                return given.first().map_or((), |&inner| self.enter(inner, name, depth + 1));
            }
            // A subclass of tensors: a function, the class, the function's arguments, attributes.
            if let ("_rebuild_from_type_v2", &[function, _, args, ..]) = (function, given) {
                return self.called_with(id, function, args, name, depth + 1);
            }
            if let Some(kind) = function.strip_prefix("_rebuild_") {
                return self.unread(special(kind), name);
            }
        }
        let Value::Made(made) = pickle.value(id) else { return };
        if !self.is_new(id, name, depth) {
            return;
        }
        if is_array(pickle, made) {
            self.found.arrays.push((self.found.called(name), id));
        } else if matches!((module, function), ("builtins" | "__builtin__", "set" | "frozenset")) {
            let length = given.first().map_or(0, |&items| pickle.sequence(items).len());
            self.other(name, length, "a set, which has no order");
        } else {
            self.object(made, (module, function), name, depth);
        }
    }

    /// What is in an object of another class.
    fn object(&mut self, made: &Made, (module, class): (&str, &str), name: &str, depth: usize) {
        let (before, numbers) = (self.found.count(), self.found.numbers());
        for &arg in self.pickle.sequence(made.args).iter().take(MAX_ARGS) {
            self.inner(arg, name, depth);
        }
        self.items(&made.items, name, depth);
        for (place, &element) in made.elements.iter().enumerate() {
            self.inner(element, &joined(name, &place.to_string()), depth);
        }
        if let Some(state) = made.state {
            self.inner(state, name, depth);
        }
        if !made.elements.is_empty() && self.found.numbers() == numbers {
            self.other(name, made.elements.len(), &format!("an object of {module}.{class}"));
        }
        let is_known = module == "collections" || module.starts_with("__torch__") || module.starts_with("torch.nn.");
        if self.found.count() > before && !is_known {
            *self.found.classes.entry(format!("{module}.{class}")).or_default() += 1;
        }
    }

    /// Enters what may have something in it; a tuple of states counts as one.
    fn inner(&mut self, id: Id, name: &str, depth: usize) {
        match self.pickle.value(id) {
            Value::Tuple(items) => {
                for &item in items.iter().take(MAX_ARGS) {
                    if matches!(self.pickle.value(item), Value::Dict(_) | Value::Made(_)) {
                        self.enter(item, name, depth + 1);
                    }
                }
            }
            Value::Dict(_) | Value::Made(_) | Value::List(_) => self.enter(id, name, depth + 1),
            _ => {}
        }
    }
}

impl Found {
    /// The name of what a name of keys and numbers leads to.
    pub(crate) fn called(&self, name: &str) -> String {
        if name.is_empty() { self.stem.clone() } else { name.to_owned() }
    }

    fn count(&self) -> usize {
        self.numbers() + self.lists.len() + self.others.len()
    }

    /// How many arrays and tensors there are, or dictionaries of them.
    fn numbers(&self) -> usize {
        self.tensors.len() + self.arrays.len() + self.tables.len() + self.tensor_tables.len()
    }
}

/// The name of what is called `key` in something with a name.
pub(crate) fn joined(name: &str, key: &str) -> String {
    match name.len() {
        0 => key.to_owned(),
        NAME_BYTES.. => name.to_owned(),
        _ => format!("{name}.{key}"),
    }
}

/// A kind of tensors that is not read, by the function that makes them.
fn special(kind: &str) -> String {
    let what = match kind {
        "sparse_tensor" | "sparse_csr_tensor" => "sparse; .to_dense() makes them whole",
        "qtensor" => "quantized; .dequantize() makes them numbers",
        "nested_tensor" => "nested; .to_padded_tensor(0) makes them whole",
        "meta_tensor_no_storage" => "without values",
        _ => return format!("of the kind {kind:?}"),
    };
    what.to_owned()
}
