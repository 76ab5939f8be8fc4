"""Find deletion candidates, with reasons; nothing is ever deleted.

Names are loaded on first use: a policy can be read before pandas is imported.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
