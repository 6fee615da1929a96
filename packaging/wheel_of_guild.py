#!/usr/bin/env python3
"""Makes a wheel of guild: the program, its plugins and its manual pages.

    python packaging/wheel_of_guild.py                    build with cargo, write to dist/
    python packaging/wheel_of_guild.py --glibc 2.17       for any Linux of the last ten years
    python packaging/wheel_of_guild.py --from target/debug --out DIR
                                                          pack what is built already

It is a build backend as well (PEP 517), so `pip install .` and `pip wheel .` work, with
`--config-settings profile=dev` and `--config-settings glibc=2.17`. Needs cargo, no Python package; for
another glibc than the machine's, the packages in ZIG, which pip installs where it builds.
CARGO_BUILD_TARGET names another machine, such as aarch64-unknown-linux-gnu. What is in the wheel:

    bin/guild                           from NAME.data/scripts
    lib/guild/plugins/lib*.so, *.yml    from NAME.data/data
    share/man/man1/guild*.1

No module is installed: a run's interpreter gets what it needs from the plugin for Python.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "guild"

# What links for another glibc, and for other machines.
ZIG = ["cargo-zigbuild", "ziglang"]


def version():
    """The version of the workspace: the first one in the root's Cargo.toml."""
    return re.search(r'(?m)^version = "(.+)"$', (ROOT / "Cargo.toml").read_text())[1]


def plugins():
    """The built-in plugins' manifests, by the names of their libraries."""
    found = {}
    for manifest in sorted(ROOT.glob("plugins/*/*.plugin.yml")):
        text = manifest.read_text()
        library = re.search(r"(?m)^library: *(\S+)", text) or re.search(r"(?m)^name: *(\S+)", text)
        found[library[1]] = manifest
    return found


def machine():
    """The kind of processor that is built for: `x86_64`."""
    return os.environ.get("CARGO_BUILD_TARGET", os.uname().machine).split("-")[0]


def wanted_glibc(config_settings=None):
    """The oldest glibc that the wheel is to run on; none for that of this machine."""
    wanted = (config_settings or {}).get("glibc") or os.environ.get("GUILD_WHEEL_GLIBC")
    if wanted and (sys.platform != "linux" or not re.fullmatch(r"2\.\d+", wanted)):
        raise SystemExit(f"no wheel can be built for glibc {wanted}: try 2.17, on Linux")
    return wanted


def cargo_build(profile, glibc=None):
    """Builds, and gives the program and the libraries, by name."""
    cargo = os.environ.get("CARGO", "cargo")
    command = [cargo, "build", "--package", "guild", "--profile", profile]
    command += ["--message-format", "json-render-diagnostics"]
    if glibc:
        if not shutil.which(ZIG[0]):
            raise SystemExit(f"{ZIG[0]} is needed for another glibc: pip install {' '.join(ZIG)}")
        target = os.environ.get("CARGO_BUILD_TARGET", f"{machine()}-unknown-linux-gnu")
        command[:2] = [cargo, "zigbuild", "--target", f"{target}.{glibc}"]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    program, libraries = None, {}
    for line in out.splitlines():
        artifact = json.loads(line)
        if artifact.get("reason") != "compiler-artifact":
            continue
        if artifact["target"]["name"] == "guild" and artifact["executable"]:
            program = Path(artifact["executable"])
        if "cdylib" in artifact["target"]["crate_types"]:
            for name in map(Path, artifact["filenames"]):
                if name.suffix in (".so", ".dylib", ".dll"):
                    libraries[artifact["target"]["name"]] = name
    return program, libraries


def already_built(folder):
    """The same from a target folder."""
    folder = Path(folder)
    libraries = {}
    for name in plugins():
        for place in (folder / "deps", folder):
            for suffix in (".so", ".dylib"):
                file = place / f"lib{name}{suffix}"
                if file.is_file():
                    libraries.setdefault(name, file)
    return folder / "guild", libraries


def platform_tag(files):
    """The oldest system that the files run on, as far as they tell."""
    if sys.platform == "darwin":
        target = os.environ.get("MACOSX_DEPLOYMENT_TARGET", "11.0").replace(".", "_")
        return f"macosx_{target}_{machine().replace('aarch64', 'arm64')}"
    if sys.platform != "linux":
        return re.sub(r"[-.]", "_", sysconfig.get_platform())
    minors = [17]
    for file in files:
        # The versions of symbols that the loader asks glibc for stand there as texts.
        minors += map(int, re.findall(rb"\0GLIBC_2\.(\d+)", file.read_bytes()))
    return f"manylinux_2_{max(minors)}_{machine()}"


def metadata():
    readme = (ROOT / "README.md").read_text()
    return (
        "Metadata-Version: 2.4\n"
        f"Name: {NAME}\n"
        f"Version: {version()}\n"
        "Summary: Runs scripts as experiments and keeps everything about them.\n"
        "License-Expression: Apache-2.0\n"
        "License-File: LICENSE\n"
        "Requires-Python: >=3.8\n"
        "Description-Content-Type: text/markdown\n"
        f"\n{readme}"
    )


def manual_pages(program):
    """The manual pages, by name, as the program makes them; none if it cannot run here."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "manual", "--man", folder]
        try:
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        except (OSError, subprocess.CalledProcessError) as e:
            print(f"the wheel has no manual pages: {e}", file=sys.stderr)
            return {}
        return {page.name: page.read_bytes() for page in sorted(Path(folder).iterdir())}


class Wheel:
    """A wheel that is being written: a zip file with a record of what is in it."""

    def __init__(self, path, compress):
        self.zip = zipfile.ZipFile(path, "w")
        self.compression = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        self.record = []

    def add(self, name, data, executable=False):
        if isinstance(data, str):
            data = data.encode()
        # Nothing of the build's time and place goes into the file.
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.external_attr = (0o100755 if executable else 0o100644) << 16
        info.compress_type = self.compression
        self.zip.writestr(info, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(data)}\n")

    def close(self, dist_info):
        name = f"{dist_info}/RECORD"
        self.record.append(f"{name},,\n")
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.external_attr = 0o100644 << 16
        self.zip.writestr(info, "".join(self.record))
        self.zip.close()


def pack(program, libraries, out, compress=True):
    """Writes the wheel and gives its name."""
    missing = sorted(set(plugins()) - set(libraries))
    if missing or not program or not program.is_file():
        raise SystemExit(f"not built: {', '.join(missing) or program}")
    libraries = {name: libraries[name] for name in plugins()}
    tag = f"py3-none-{platform_tag([program, *libraries.values()])}"
    stem = f"{NAME}-{version()}"
    data, dist_info = f"{stem}.data", f"{stem}.dist-info"
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{stem}-{tag}.whl"
    wheel = Wheel(file, compress)
    wheel.add(f"{data}/scripts/guild", program.read_bytes(), executable=True)
    # With a file of its own pip takes the folder away as well, when guild is uninstalled.
    about = "The plugins of the program 'guild': 'guild plugins list' shows them.\n"
    wheel.add(f"{data}/data/lib/guild/README", about)
    for name, library in libraries.items():
        folder = f"{data}/data/lib/guild/plugins"
        wheel.add(f"{folder}/{library.name}", library.read_bytes(), executable=True)
        manifest = plugins()[name]
        wheel.add(f"{folder}/{manifest.name}", manifest.read_bytes())
    for name, page in manual_pages(program).items():
        wheel.add(f"{data}/data/share/man/man1/{name}", page)
    wheel.add(f"{dist_info}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes())
    wheel.add(f"{dist_info}/METADATA", metadata())
    wheel.add(
        f"{dist_info}/WHEEL",
        f"Wheel-Version: 1.0\nGenerator: {NAME}\nRoot-Is-Purelib: false\nTag: {tag}\n",
    )
    wheel.close(dist_info)
    return file.name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """PEP 517."""
    profile = (config_settings or {}).get("profile", "release")
    return pack(*cargo_build(profile, wanted_glibc(config_settings)), wheel_directory)


def get_requires_for_build_wheel(config_settings=None):
    """PEP 517."""
    if not shutil.which(os.environ.get("CARGO", "cargo")):
        raise SystemExit("cargo is needed to build guild: install Rust, or a ready-made wheel")
    return ZIG if wanted_glibc(config_settings) else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="folder", metavar="DIR", help="pack what is in target/DIR")
    parser.add_argument("--profile", default="release", help="what cargo builds (release)")
    parser.add_argument("--glibc", metavar="VERSION", help="the oldest glibc that it runs on")
    parser.add_argument("--out", default=ROOT / "dist", metavar="DIR", help="where to (dist/)")
    parser.add_argument("--store", action="store_true", help="do not compress: faster, larger")
    args = parser.parse_args()
    if args.folder and args.glibc:
        parser.error("--glibc is for what is built, --from packs what is built already")
    if args.folder:
        built = already_built(args.folder)
    else:
        built = cargo_build(args.profile, wanted_glibc({"glibc": args.glibc}))
    print(Path(args.out) / pack(*built, args.out, compress=not args.store))


if __name__ == "__main__":
    main()
