"""One person, one account: an address of mail is taken in every spelling of its letters."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from tests.crowd import together


@pytest.mark.django_db
@pytest.mark.parametrize("twin", ["ALICE@acme.test", "Alice@Acme.Test", "alice@ACME.TEST"])
def test_address_in_other_letters_is_taken(alice, twin):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email=twin)


@pytest.mark.django_db(transaction=True)
def test_crowd_that_signs_up_with_one_address_makes_one_account():
    spellings = ["Dora@new.test", "dora@New.test", "DORA@NEW.TEST", "dora@new.test"]

    answers = together(*[lambda email=email: User.objects.create(email=email) for email in spellings])

    assert User.objects.filter(email__iexact="dora@new.test").count() == 1
    assert sum(isinstance(answer, IntegrityError) for answer in answers) == len(spellings) - 1
