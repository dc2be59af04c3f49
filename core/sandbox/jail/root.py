"""The private root: a small read-only tmpfs with the visible parts of the host bound into it, and nothing else."""

import os
import stat
from collections.abc import Iterable

from . import kernel, landlock
from .config import JailConfig

HOMES = "/home"
HOME = f"{HOMES}/program"  # each program's own tmpfs is mounted here
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")

_NAMESPACES = kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
_HIDDEN_UNDER = ("/tmp", "/var/tmp", "/run", "/mnt", "/proc")  # any folder will do: the mount is private


def enter(config: JailConfig) -> None:
    """Leave the host for namespaces of our own with a root of our own. OSError says which step was refused."""
    _enter_namespaces()
    kernel.set_host_name("sandbox")
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    copies = {path: kernel.copy_mount(path) for path in config.paths if os.path.exists(path)}
    devices = {path: kernel.copy_mount(path) for path in DEVICES}
    base = next(folder for folder in _HIDDEN_UNDER if os.path.isdir(folder))
    kernel.mount("sandbox", base, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,nr_inodes=4096,mode=755")
    _make_links(base, config.links)
    for path, copy in (copies | devices).items():
        _make_place(base + path, copy)
    os.makedirs(base + HOME, 0o755)
    for path, copy in copies.items():
        kernel.attach_mount(copy, base + path)
        os.close(copy)
    for path in config.covered:
        kernel.mount("nothing", base + path, "tmpfs", kernel.MS_RDONLY, "size=4k,nr_inodes=2,mode=755")
    safe = kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV
    kernel.restrict_mount(base, safe)
    for path, copy in devices.items():
        kernel.attach_mount(copy, base + path)
        os.close(copy)
    kernel.enter_root(base)


def ruleset(config: JailConfig) -> int:
    """Landlock's rules for every program in this root; the folder above the work folder stands for it."""
    rules = landlock.open_ruleset()
    landlock.allow_all(rules, config.paths, landlock.READ)
    landlock.allow_all(rules, set(map(os.path.dirname, config.packages)), landlock.READ_DIR)  # to be searched
    landlock.allow_all(rules, DEVICES, landlock.DEVICE)
    landlock.allow_work(rules, HOMES)
    return rules


def mount_work_folder(size: int, inodes: int, user: int) -> None:
    """A fresh, empty work folder of the program alone, in a mount namespace of its own."""
    options = f"size={size},nr_inodes={inodes},mode=700,uid={user},gid={user}"
    kernel.mount("work", HOME, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC, options)


def _enter_namespaces() -> None:
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        kernel.unshare(_NAMESPACES)
        return
    kernel.unshare(_NAMESPACES | kernel.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _make_links(base: str, links: Iterable[tuple[str, str]]) -> None:
    for path, target in links:
        os.symlink(target, base + path)


def _make_place(path: str, copy: int) -> None:
    """An empty folder or file to mount on."""
    if stat.S_ISDIR(os.fstat(copy).st_mode):
        os.makedirs(path, 0o755, exist_ok=True)
        return
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDONLY | os.O_CLOEXEC, 0o644))
