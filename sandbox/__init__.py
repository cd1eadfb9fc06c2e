"""Everything a laptop needs to run the whole product without any vendor account."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The functions and what they share are not installed as packages: Lambda finds them by path, and so does the sandbox.
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]
