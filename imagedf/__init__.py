"""Every snapshot, backup and custom image of your DigitalOcean accounts, priced and complete.

The public names are listed in ``__init__.pyi`` and loaded when they are first used, so that
``import imagedf`` and ``imagedf --help`` stay quick.
"""

import lazy_loader

from imagedf._version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

from imagedf._accessor import install  # noqa: E402 # it looks the functions up in this module

install()
