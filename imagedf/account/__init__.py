"""Everything that an account stores, what its images are used for, and the proof of it.

Names are loaded when they are first used: linking needs no network.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
