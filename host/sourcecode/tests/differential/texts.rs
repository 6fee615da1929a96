//! Which files are text.

use std::fs;

use guild_sourcecode::text::is_text;
use serde_json::json;

use crate::{Dice, oracle};

const SCRIPTS: [&str; 9] = [
    "import os\n\ndef main():\n    return 'x' + str(os.getpid())  # comment\n",
    "Où est passé l'été ? Ça coûte cher, naïvement. Größe, Übung, Straße.\n",
    "Съешь же ещё этих мягких французских булок, да выпей чаю. Моя семья.\n",
    "Τάχιστη αλώπηξ βαφής ψημένη γη, δρασκελίζει υπέρ νωθρού κυνός.\n",
    "我们都是中国人，他们在学校里学习汉语。今天天气很好！\n",
    "私たちは毎日日本語を勉強しています。とても良い天気です。\n",
    "우리는 매일 한국어를 공부합니다. 날씨가 아주 좋아요.\n",
    "نص باللغة العربية مع بعض الكلمات، وعلامات الترقيم.\n",
    "emoji 😀😃😄 and 𝒻𝓊𝓃 letters ♥ — “quotes”…\n",
];

/// Files of kinds that projects hold, with where they come from.
fn samples() -> Vec<(String, Vec<u8>)> {
    let mut dice = Dice(0xc0de);
    let mut samples: Vec<(String, Vec<u8>)> = Vec::new();
    let lengths = [0, 1, 2, 3, 9, 10, 11, 16, 40, 100, 333, 1000, 1023, 1024, 1025, 1026, 3000];

    for script in SCRIPTS {
        for len in lengths {
            let text: String = script.chars().cycle().skip(dice.below(30)).take(len).collect();
            let utf16 = |big: bool| -> Vec<u8> {
                let bytes = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
                text.encode_utf16().flat_map(bytes).collect()
            };
            let utf32 = |big: bool| -> Vec<u8> {
                let bytes = |u: u32| if big { u.to_be_bytes() } else { u.to_le_bytes() };
                text.chars().flat_map(|c| bytes(c as u32)).collect()
            };
            let one_byte = |shift: u32| -> Vec<u8> {
                text.chars().map(|c| (c as u32).wrapping_sub(shift) as u8).collect()
            };
            let mut add = |kind: &str, mark: &[u8], bytes: Vec<u8>| {
                samples.push((format!("{kind} of {script:.12}"), [mark, &bytes[..]].concat()));
            };
            add("UTF-8", b"", text.clone().into_bytes());
            add("marked UTF-8", b"\xef\xbb\xbf", text.clone().into_bytes());
            add("UTF-16-LE", b"", utf16(false));
            add("UTF-16-BE", b"", utf16(true));
            add("marked UTF-16-LE", b"\xff\xfe", utf16(false));
            add("marked UTF-16-BE", b"\xfe\xff", utf16(true));
            add("UTF-32-LE", b"", utf32(false));
            add("UTF-32-BE", b"", utf32(true));
            add("marked UTF-32-LE", b"\xff\xfe\0\0", utf32(false));
            add("marked UTF-32-BE", b"\0\0\xfe\xff", utf32(true));
            add("one byte each", b"", one_byte(0));
            add("like Windows-1251", b"", one_byte(0x350));
            // With something odd in it.
            for odd in [0, 0xff, 0x1b, 0x80, 0x7f, 8, 11] {
                let mut bytes = text.clone().into_bytes();
                for _ in 0..1 + dice.below(4) {
                    bytes.insert(dice.below(bytes.len() + 1), odd);
                }
                samples.push((format!("UTF-8 with {odd} of {script:.12}"), bytes));
            }
        }
    }

    let separated = |parts: usize| "some/file-name.txt\0".repeat(parts).into_bytes();
    samples.extend([1, 2, 10, 100].map(|parts| ("separated by zeros".into(), separated(parts))));

    for len in lengths {
        for _ in 0..4 {
            samples.push(("random".into(), dice.bytes(len)));
            let high = dice.bytes(len).iter().map(|byte| byte | 0x80).collect();
            samples.push(("random high".into(), high));
            let low = dice.bytes(len).iter().map(|byte| byte & 0x1f).collect();
            samples.push(("random control".into(), low));
            let sparse = dice.bytes(len).iter().map(|b| if *b < 200 { 0 } else { *b }).collect();
            samples.push(("mostly zeros".into(), sparse));
        }
        let mut numbers = |kind: &str, of: &dyn Fn(u64) -> Vec<u8>| {
            let bytes = (0..len / 4).flat_map(|_| of(dice.next() >> 20)).collect();
            samples.push((format!("{len} numbers {kind}"), bytes));
        };
        numbers("i16", &|n| ((n % 600) as i16 - 300).to_le_bytes().to_vec());
        numbers("i16, all", &|n| (n as i16).to_le_bytes().to_vec());
        numbers("u16", &|n| ((n % 3000) as u16).to_le_bytes().to_vec());
        numbers("i32", &|n| ((n % 200) as i32).to_le_bytes().to_vec());
        numbers("u32 like letters", &|n| ((n % 60 + 60) as u32).to_le_bytes().to_vec());
        numbers("i64", &|n| (n % 100_000).to_le_bytes().to_vec());
        numbers("f32", &|n| ((n % 1000) as f32 / 7.0).to_le_bytes().to_vec());
        numbers("f32, whole", &|n| ((n % 1000) as f32).to_be_bytes().to_vec());
        numbers("f64", &|n| ((n % 1000) as f64 / 7.0).to_le_bytes().to_vec());
    }

    let russian: Vec<u8> =
        SCRIPTS[2].chars().map(|c| (c as u32).wrapping_sub(0x350) as u8).collect();
    for declaration in [
        "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n",
        "<?xml version='1.0' encoding='utf-8'?>\n",
        "<html><head><meta charset=windows-1251></head>\n",
        "<META http-equiv=\"Content-Type\" content=\"text/html; charset=KOI8-R\">",
        "<meta charset='iso-8859-5'><p>",
        "# windows-1251\n",
    ] {
        let text: Vec<u8> = russian.iter().cycle().take(700).copied().collect();
        for extra in [&b""[..], b"\xff", b"\xff\x98\x81", b"\0", &[0; 20]] {
            let bytes = [declaration.as_bytes(), &text, extra].concat();
            samples.push((format!("{declaration} {extra:?}"), bytes));
        }
    }

    let heads: [&[u8]; 14] = [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01",
        b"GIF89a",
        b"PK\x03\x04\x14\0\0\0\x08\0",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        b"BZh91AY&SY",
        b"SQLite format 3\0\x10\0\x01\x01\0@  ",
        b"%PDF-1.4\n",
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
        b"\xa7\r\r\n\0\0\0\0",
        b"MZ",
        b"\x93NUMPY\x01\0v\0{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }  \n",
        b"\x89HDF\r\n\x1a\n\0\0\0\0",
        b"\x80\x04\x95",
    ];
    for head in heads {
        for len in [0, 10, 100, 2000] {
            let name = String::from_utf8_lossy(&head[..2]).into_owned();
            samples.push((format!("{name:?} and random"), [head, &dice.bytes(len)].concat()));
            samples.push((format!("{name:?} and zeros"), [head, &vec![0; len]].concat()));
            let text = SCRIPTS[0].bytes().cycle().take(len).collect::<Vec<_>>();
            samples.push((format!("{name:?} and text"), [head, &text[..]].concat()));
        }
    }
    samples
}

#[test]
fn files_are_text_alike() {
    let dir = tempfile::tempdir().unwrap();
    let samples = samples();
    let mut paths = Vec::new();
    for (at, (_, bytes)) in samples.iter().enumerate() {
        let path = dir.path().join(at.to_string());
        fs::write(&path, bytes).unwrap();
        paths.push(path);
    }
    let mut kinds: Vec<String> = samples.into_iter().map(|(kind, _)| kind).collect();
    let extensions = [
        "py", "PY", "Md", "csv", "txt", "sh", "png", "PNG", "pyc", "svg", "gz", "tar", "z", "bin",
        "pkl", "json", "ipynb", "yml", "db", "html", "x.py", "py.x", "",
    ];
    for extension in extensions {
        for (name, content) in [("text", &b"text"[..]), ("binary", b"\xff\0"), (".", b"\0\xff")] {
            let path = dir.path().join(format!("{name}.{extension}"));
            if path.is_dir() {
                continue;
            }
            fs::write(&path, content).unwrap();
            kinds.push(path.display().to_string());
            paths.push(path);
        }
    }
    let Some(answer) = oracle::ask(&json!({ "text": paths })) else { return };
    let answers = answer["text"].as_array().unwrap();
    assert_eq!(answers.len(), paths.len());
    let (mut crashes, mut texts, mut different) = (0, 0, Vec::new());
    for ((kind, path), answer) in kinds.iter().zip(&paths).zip(answers) {
        let ours = is_text(path).unwrap();
        crashes += usize::from(answer[0] == "crash");
        texts += usize::from(answer[1] == true);
        if answer[1] != ours {
            let size = fs::metadata(path).unwrap().len();
            different.push(format!("{kind}, {size} bytes: {answer}, here {ours}"));
        }
    }
    eprintln!("{} files, {texts} of them text; 0.9.0 crashes on {crashes}", paths.len());
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
