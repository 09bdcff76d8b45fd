"""protolint as a wheel installs it: data and what is compiled of it within the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from command import ROOT, environment

_COMPILE = "import sys; from protolint import artefacts; artefacts.write(sys.argv[1])"


def install(folder):
    """Copy the checkout's package into a folder as a wheel has it; return its environment.

    The home and the cache folder are within the folder, too.
    """
    package = os.path.join(folder, "protolint")
    no_bytecode = shutil.ignore_patterns("__pycache__", "_compiled")
    shutil.copytree(os.path.join(ROOT, "protolint"), package, ignore=no_bytecode)
    for data in ("rules", "grammars"):
        shutil.copytree(os.path.join(ROOT, data), os.path.join(package, data))
    home = os.path.join(folder, "home")
    env = environment(PYTHONPATH=str(folder), HOME=home, XDG_CACHE_HOME=os.path.join(home, "cache"))
    env.pop("PROTOLINT_NO_CACHE", None)
    compiled = os.path.join(package, "_compiled")
    subprocess.run([sys.executable, "-c", _COMPILE, compiled], check=True, env=env, cwd=folder)
    return env
