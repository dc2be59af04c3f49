"""Files that are given to a program and files that it gives back."""

import pytest

from core.sandbox import Limits, ProgramFile, Sandbox, Status
from core.sandbox.names import distinct_names, safe_name

PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\n"


async def test_attachments_lie_in_the_work_folder(both: Sandbox):
    files = [ProgramFile("sales.csv", b"a,b\n1,2\n"), ProgramFile("empty", b"")]
    result = await both.execute("import os\nprint(sorted(os.listdir()))\nprint(open('sales.csv').read())", files=files)
    assert result.output == "['empty', 'sales.csv']\na,b\n1,2\n\n"
    assert result.files == ()


async def test_new_and_changed_files_come_back_with_images_first(both: Sandbox):
    code = (
        "open('z.png','wb').write(b'p')\nopen('a.txt','w').write('t')\n"
        "open('in.txt','a').write('!')\nopen('same.txt').read();None"
    )
    files = [ProgramFile("in.txt", b"in"), ProgramFile("same.txt", b"same")]
    result = await both.execute(code, files=files)
    assert result.files == (ProgramFile("z.png", b"p"), ProgramFile("a.txt", b"t"), ProgramFile("in.txt", b"in!"))


async def test_files_of_a_program_that_failed_come_back_too(both: Sandbox):
    result = await both.execute("open('a.txt','w').write('half')\n1/0")
    assert (result.status, result.files) == (Status.ERROR, (ProgramFile("a.txt", b"half"),))


async def test_only_so_many_files_and_bytes_come_back(both: Sandbox):
    many = await both.execute("for i in range(30): open(f'{i:02}.txt','w').write('x')")
    large = await both.execute(
        "open('a.bin','wb').write(bytes(7 << 20))\nopen('b.bin','wb').write(bytes(2 << 20))\n"
        "open('c.bin','wb').write(b'c')"
    )
    assert [file.name for file in many.files] == [f"{number:02}.txt" for number in range(10)]
    assert [(file.name, len(file.content)) for file in large.files] == [("a.bin", 7 << 20), ("c.bin", 1)]


async def test_links_pipes_folders_and_hidden_files_do_not_come_back(both: Sandbox):
    code = (
        "import os\nos.symlink('/etc/passwd','l.txt')\nos.symlink('.','loop')\n"
        "os.mkdir('d.png')\nopen('.secret','w').close()\n"
        "os.makedirs('.cache/x'); open('.cache/x/y.txt','w').close()"
    )
    assert (await both.execute(code)).files == ()


async def test_names_that_come_back_are_safe(both: Sandbox):
    code = (
        "import os\n"
        "for n in ['../x', '-rf', 'a\\nb.txt', '\\u202egnp.exe', 'CON', b'\\xff.txt', 'a'*200+'.png', '`id`.txt']:\n"
        "    n = os.fsencode(n).replace(b'/', b'\\\\')\n    open(n,'w').write('x')"
    )
    names = [file.name for file in (await both.execute(code)).files]
    assert len(names) == 7  # one is hidden
    for name in names:
        assert name == safe_name(name)
        assert "/" not in name and "\\" not in name and not name.startswith((".", "-"))
        assert len(name.encode()) <= 100


async def test_files_of_the_same_name_in_two_folders_both_come_back(both: Sandbox):
    result = await both.execute("import os\nfor d in 'ab':\n    os.mkdir(d)\n    open(d + '/x.txt', 'w').write(d)")
    assert result.files == (ProgramFile("x.txt", b"a"), ProgramFile("x_2.txt", b"b"))


async def test_attachments_with_hostile_names_stay_in_the_work_folder(both: Sandbox):
    files = [
        ProgramFile("../../etc/passwd", b"1"),
        ProgramFile("..", b"2"),
        ProgramFile("a\0b", b"3"),
        ProgramFile("/x/passwd", b"4"),
    ]
    result = await both.execute("import os\nfor n in sorted(os.listdir()): print(n, open(n).read())", files=files)
    assert result.output == "a_b 3\nfile 2\npasswd 1\npasswd_2 4\n"


async def test_attachments_that_do_not_fit_are_told():
    async with Sandbox(Limits(work_mib=1)) as small:
        result = await small.execute("print('never')", files=[ProgramFile("big", bytes(2 << 20))])
    assert (result.status, result.output) == (Status.ERROR, "[The files do not fit into the work folder (1 MiB).]\n")


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (PLOT + "plt.show()", ["figure_1.png"]),
        (PLOT, ["figure_1.png"]),
        (PLOT + "plt.savefig('mine.png')\nplt.show()", ["mine.png"]),
        (
            PLOT + "plt.show()\nplt.figure(); plt.plot([1])\nplt.figure(); plt.plot([2])",
            ["figure_1.png", "figure_2.png", "figure_3.png"],
        ),
        (PLOT + "plt.close()", []),
    ],
)
async def test_figures_become_files(sandbox: Sandbox, code: str, names: list[str]):
    result = await sandbox.execute(code, timeout_seconds=20)
    assert result.status is Status.OK, result.output
    assert [file.name for file in result.files] == names
    assert all(file.content.startswith(b"\x89PNG") for file in result.files)


async def test_a_figure_that_cannot_be_drawn_is_an_error(sandbox: Sandbox):
    result = await sandbox.execute(PLOT + "plt.title('$\\\\frac$'); None", timeout_seconds=20)
    assert result.status is Status.ERROR
    assert "frac" in result.output


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/", "\0", "\u202e", "nul.txt", " a ", "a/b/../c", "x" * 300, "é" * 90, "-"]
)
def test_every_name_can_be_made_safe(name: str):
    safe = safe_name(name)
    assert safe and safe not in (".", "..") and "/" not in safe and len(safe.encode()) <= 100
    assert safe_name(safe) == safe


def test_equal_names_are_told_apart_whatever_their_case():
    assert distinct_names(["a.txt", "A.TXT", "b/a.txt", "a_2.txt"]) == ["a.txt", "A_2.TXT", "a_3.txt", "a_2_2.txt"]
