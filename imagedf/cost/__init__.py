"""What images cost per month: a run rate by size and published rate, never "spent so far".

Names are loaded when they are first used: pricing a saved listing needs no network.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
