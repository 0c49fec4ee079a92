"""All guards of the product."""

from keys import KEYS
from people import PEOPLE
from records import RECORDS
from shown import SHOWN
from strangers import STRANGERS
from tenants import TENANTS

GUARDS = [*TENANTS, *PEOPLE, *KEYS, *RECORDS, *STRANGERS, *SHOWN]
