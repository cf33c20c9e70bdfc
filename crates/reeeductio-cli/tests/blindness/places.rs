//! The places where a server may have kept something.

use std::path::Path;

#[cfg(target_os = "linux")]
pub(crate) use linux::memory;

/// Reads every file of a folder and of those below it.
pub(crate) fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut contents = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            contents.extend(files(&path));
        } else {
            contents.push(std::fs::read(path).unwrap());
        }
    }
    contents
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::ops::Range;
    use std::os::unix::fs::FileExt as _;
    use std::path::{Path, PathBuf};

    /// Maps of the kernel's own, which have no bytes to read.
    const UNREADABLE: [&str; 3] = ["[vvar]", "[vvar_vclock]", "[vsyscall]"];
    /// Key of the page size in the auxiliary vector.
    const PAGE_SIZE: usize = 6;

    /// Reads all memory of a process that runs: heap, stacks and mapped files, as far as there is anything in it.
    pub(crate) fn memory(process: u32) -> Vec<Vec<u8>> {
        let process = Process(Path::new("/proc").join(process.to_string()));
        let page = process.page_size();
        let (memory, pagemap) = (process.open("mem"), process.open("pagemap"));
        let mut contents = Vec::new();
        for map in process.maps() {
            for run in runs(&pagemap, &map, page) {
                let mut bytes = vec![0; usize::try_from(run.end - run.start).unwrap()];
                match memory.read_exact_at(&mut bytes, run.start) {
                    Ok(()) => contents.push(bytes),
                    // A thread has ended meanwhile, and its stack with it.
                    Err(error) => assert!(!process.maps().contains(&map), "{run:x?}: {error}"),
                }
            }
        }
        contents
    }

    /// Its folder in `/proc`.
    struct Process(PathBuf);

    impl Process {
        fn open(&self, name: &str) -> File {
            let path = self.0.join(name);
            File::open(&path).unwrap_or_else(|error| {
                let path = path.display();
                panic!(
                    "{path}: {error}: a process may read the memory of one that it started, unless a container forbids it (CAP_SYS_PTRACE)"
                )
            })
        }

        fn page_size(&self) -> u64 {
            let vector = std::fs::read(self.0.join("auxv")).unwrap();
            let numbers: Vec<usize> = vector
                .chunks_exact(size_of::<usize>())
                .map(|number| usize::from_ne_bytes(number.try_into().unwrap()))
                .collect();
            let mut pairs = numbers.chunks_exact(2);
            let size = pairs.find(|pair| pair[0] == PAGE_SIZE).unwrap()[1];
            u64::try_from(size).unwrap()
        }

        fn maps(&self) -> Vec<Range<u64>> {
            let maps = std::fs::read_to_string(self.0.join("maps")).unwrap();
            let readable = maps
                .lines()
                .filter(|map| !UNREADABLE.iter().any(|name| map.ends_with(name)));
            let ranges = readable.map(|map| {
                let (range, _) = map.split_once(' ').unwrap();
                let (start, end) = range.split_once('-').unwrap();
                let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
                start..end
            });
            ranges.collect()
        }
    }

    /// The runs of pages of a map that hold anything. Of a mapped file the others are on the disk alone.
    fn runs(pagemap: &File, map: &Range<u64>, page: u64) -> Vec<Range<u64>> {
        let pages = usize::try_from((map.end - map.start) / page).unwrap();
        let mut entries = vec![0; pages * 8];
        pagemap
            .read_exact_at(&mut entries, map.start / page * 8)
            .unwrap();
        let mut runs: Vec<Range<u64>> = Vec::new();
        let mut start = map.start;
        for entry in entries.chunks_exact(8) {
            // Present, or swapped out.
            if u64::from_ne_bytes(entry.try_into().unwrap()) >> 62 != 0 {
                match runs.last_mut() {
                    Some(run) if run.end == start => run.end += page,
                    _ => runs.push(start..start + page),
                }
            }
            start += page;
        }
        runs
    }
}
