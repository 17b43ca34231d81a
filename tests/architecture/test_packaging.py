"""The built package holds every module and data file of the layers, the command, and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.architecture.tree import PACKAGES, ROOT, files


def test_wheel_holds_the_layers_and_their_data(tmp_path: Path) -> None:
    wanted = {str(path.relative_to(ROOT)) for path in files() if any(path.is_relative_to(top) for top in PACKAGES)}
    tree = tmp_path / "tree"
    for name in wanted | {"pyproject.toml"}:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    build = "import sys, setuptools.build_meta as backend; backend.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=tree, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        commands = archive.read(next(name for name in archive.namelist() if name.endswith("entry_points.txt"))).decode()
    assert held == wanted
    assert "tianzhuo = services.cli.main:main" in commands
