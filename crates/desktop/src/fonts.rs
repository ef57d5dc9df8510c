//! Fonts of the system for characters that the program's own fonts lack.

use std::{path::PathBuf, sync::Mutex};

use fontdb::{Database, ID, Source, Style};

/// A font of the system.
#[derive(Debug, Clone)]
pub struct SystemFont {
    /// Its name, unlike any other's.
    pub name: String,
    /// The file's content.
    pub bytes: Vec<u8>,
    /// The index of the font in the file.
    pub index: u32,
    /// The wanted characters that it has.
    pub characters: Vec<char>,
}

/// The fonts of the system, listed once.
static SYSTEM: Mutex<Option<Database>> = Mutex::new(None);

/// Returns few of the system's fonts that together have outlines for as many of `characters` as
/// possible. Fonts that have only pictures, as most color emoji fonts, are skipped.
///
/// Listing the fonts of a machine takes tenths of a second, and searching them as long again.
#[must_use]
pub fn covering(characters: &[char]) -> Vec<SystemFont> {
    of_system(|database| cover(database, characters))
}

/// Returns how many fonts the system has.
#[must_use]
pub fn installed() -> usize {
    of_system(Database::len)
}

fn of_system<T>(look: impl FnOnce(&Database) -> T) -> T {
    // A panic while the list was locked leaves it complete or absent. Both are fine.
    let mut system = SYSTEM.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    look(system.get_or_insert_with(|| {
        let mut database = Database::new();
        database.load_system_fonts();
        database
    }))
}

/// Takes the font that has most of the missing characters, until no font has more.
fn cover(database: &Database, characters: &[char]) -> Vec<SystemFont> {
    let mut missing = characters.to_vec();
    let mut candidates: Vec<(ID, Vec<char>)> = database
        .faces()
        .filter(|face| face.style == Style::Normal)
        .filter_map(|face| Some((face.id, coverage(database, face.id, characters)?)))
        .filter(|(_, covered)| !covered.is_empty())
        .collect();
    let mut fonts = Vec::new();
    while !missing.is_empty() {
        candidates.iter_mut().for_each(|(_, covered)| covered.retain(|c| missing.contains(c)));
        let Some((id, covered)) =
            candidates.iter().max_by_key(|(id, covered)| (covered.len(), plainness(database, *id)))
        else {
            break;
        };
        if covered.is_empty() {
            break;
        }
        missing.retain(|c| !covered.contains(c));
        fonts.extend(read(database, *id, covered.clone()));
        let taken = *id;
        candidates.retain(|(id, _)| *id != taken);
    }
    fonts
}

/// Among equal ones prefers a proportional sans serif of regular weight.
fn plainness(database: &Database, id: ID) -> i32 {
    let Some(face) = database.face(id) else { return i32::MIN };
    let name = face.families.first().map_or("", |(name, _)| name.as_str());
    let sans = i32::from(name.contains("Sans")) * 400 - i32::from(name.contains("Mono") || face.monospaced) * 200;
    sans - (i32::from(face.weight.0) - 400).abs()
}

/// Returns those of `characters` that the font has as outlines.
fn coverage(database: &Database, id: ID, characters: &[char]) -> Option<Vec<char>> {
    database.with_face_data(id, |bytes, index| {
        let face = ttf_parser::Face::parse(bytes, index).ok()?;
        let tables = face.tables();
        if tables.glyf.is_none() && tables.cff.is_none() && tables.cff2.is_none() {
            return None;
        }
        let has = |c: &char| face.glyph_index(*c).is_some();
        Some(characters.iter().copied().filter(has).collect())
    })?
}

fn read(database: &Database, id: ID, characters: Vec<char>) -> Option<SystemFont> {
    let face = database.face(id)?;
    let path: PathBuf = match &face.source {
        Source::File(path) => path.clone(),
        Source::Binary(_) | Source::SharedFile(..) => return None,
    };
    let bytes = std::fs::read(path).ok()?;
    Some(SystemFont { name: format!("{} {}", face.post_script_name, face.index), bytes, index: face.index, characters })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The program's own font stands for one of the system's.
    #[test]
    fn font_is_found_by_its_characters() {
        let mut database = Database::new();
        database.load_fonts_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/fonts"));
        let found = cover(&database, &['ж', 'é', '\u{f0000}']);
        let [font] = &found[..] else { panic!("{} fonts", found.len()) };
        assert_eq!(font.characters, ['ж', 'é']);
        assert!(font.name.contains("Inter-Regular"), "{}", font.name);
        assert!(ttf_parser::Face::parse(&font.bytes, font.index).is_ok());
        assert!(cover(&database, &['\u{f0000}']).is_empty());
    }
}
