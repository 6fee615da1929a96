use guild_store::*;
use guild_store::format::{Context, list};
use std::time::Instant;
fn main() {
    let home = std::path::PathBuf::from("/tmp/st/perf");
    let store = Store::new(&home);
    if !home.exists() {
        let t = Instant::now();
        for i in 0..10000 {
            let run = store.new_run().unwrap();
            run.write_opref(&OpRef::new("script", "/proj", "", "", "train.py")).unwrap();
            run.set_attr("label", &format!("x={i}").into()).unwrap();
            run.set_attr("flags", &guild_yaml::decode("{x: 1, y: 2.5, z: abc}").unwrap()).unwrap();
            run.set_attr("cmd", &guild_yaml::decode("[python, -um, guild.op_main, train, --x, 1]").unwrap()).unwrap();
            run.set_started().unwrap();
            run.finish(0).unwrap();
        }
        println!("create {:?}", t.elapsed());
    }
    for _ in 0..3 {
        let t = Instant::now();
        let runs = store.runs().unwrap();
        println!("runs {} {:?}", runs.len(), t.elapsed());
        let t = Instant::now();
        let ctx = Context::of_process("/");
        println!("ctx {:?}", t.elapsed());
        let t = Instant::now();
        let s = list::text(&runs[..20], Default::default(), false, Default::default(), &ctx);
        println!("20 rows {} {:?}", s.len(), t.elapsed());
        let t = Instant::now();
        let s = list::text(&runs, Default::default(), false, Default::default(), &ctx);
        println!("all rows {} {:?}", s.len(), t.elapsed());
        let t = Instant::now();
        let n = Filters { labels: vec!["x=77".into()], ..Default::default() }.apply(runs).len();
        println!("filter {n} {:?}", t.elapsed());
    }
}
