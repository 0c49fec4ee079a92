"""How fast a provider's key may be asked.

`bucket` spreads calls over the second, `pace` finds the speed of a provider that announces none, `breaker`
stops asking one that is down, `patience` knows how long an answer may take, `gate` is all of them for one
key, `board` shares what the workers know about it through Valkey, and `states` tells people of it.
"""

from batches.gates.gate import Gate

__all__ = ["Gate"]
