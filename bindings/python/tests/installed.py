"""Uses the installed package and nothing else. `cargo xtask test --only sdist` and the release workflow run it."""

import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import version
from pathlib import Path

import reeeductio
from reeeductio import LocalMessageStore, generate_keypair
from reeeductio.crypto import decrypt_aes_gcm, encrypt_aes_gcm, sign_data, verify_signature

assert Path(reeeductio.__file__).is_relative_to(sysconfig.get_path("platlib")), reeeductio.__file__
assert reeeductio.__version__ == version("reeeductio")

keys = generate_keypair()
assert verify_signature(b"data", sign_data(b"data", keys.private_key), keys.public_key)
assert decrypt_aes_gcm(encrypt_aes_gcm(b"text", bytes(32)), bytes(32)) == b"text"
# SQLite is in the native module.
with tempfile.TemporaryDirectory() as folder:
    LocalMessageStore(Path(folder, "seen.db"))

command = Path(sysconfig.get_path("scripts"), "reeeductio-admin")
said = subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout
print(f"reeeductio {reeeductio.__version__} on {sys.platform}: {said.strip()}")
