"""matplotlib as the process that draws has it: without the machine's own fonts, and with its cache where it is kept."""

import atexit
import os
import tempfile

os.environ["MPL_IGNORE_SYSTEM_FONTS"] = "1"
_cache = tempfile.TemporaryDirectory(prefix="easel-charts-")
atexit.register(_cache.cleanup)
os.environ["MPLCONFIGDIR"] = _cache.name
