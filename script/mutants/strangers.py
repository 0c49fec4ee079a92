"""What comes from outside: bodies, archives, addresses, and what models say."""

from guard import Guard

STRANGERS = [
    Guard(
        "private addresses",
        "nimbus/tests/test_net.py::test_private_address_is_refused",
        "nimbus/net.py",
        "return not any(parsed in network for network in DENIED_V4)",
        "return True",
    ),
    Guard(
        "pinned address",
        "nimbus/tests/test_net.py::test_name_that_changes_its_address_after_the_check_is_called_at_the_checked_one",
        "nimbus/net.py",
        "target.copy_with(host=resolve(target, field))",
        "target if resolve(target, field) else target",
    ),
    Guard(
        "signature over id and time",
        "batches/tests/test_webhooks.py::test_signature_is_the_reference_librarys_own",
        "batches/webhooks/signing.py",
        'content = f"{message_id}.{timestamp}.".encode() + body',
        "content = body",
    ),
    Guard(
        "paths inside a ZIP",
        "batches/tests/test_archives.py::test_path_out_of_the_folder_is_refused",
        "batches/ziprules.py",
        '".." in parts',
        "False",
    ),
    Guard(
        "links inside a ZIP",
        "batches/tests/test_archives.py::test_link_is_refused",
        "batches/ziprules.py",
        "if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:",
        "if False:",
    ),
    Guard(
        "size of a ZIP",
        "batches/tests/test_unpacking.py::test_thousandfold_bomb_is_refused",
        "batches/ziprules.py",
        "if unpacked > MAX_UNPACKED or",
        "if False and",
    ),
    Guard(
        "bounds of unpacking",
        "batches/tests/test_unpacking.py::test_list_of_names_that_fills_the_memory_ends_its_reader_alone",
        "batches/unpacker.py",
        "resource.setrlimit(kind, (most, most))",
        "pass",
    ),
    Guard(
        "no belief in the unpacker",
        "batches/tests/test_unpacking.py::test_reader_that_was_taken_over_is_not_believed",
        "batches/unpacking.py",
        "if not isinstance(size, int) or not 0 <= size <= settings.MAX_PAGE_BYTES:",
        "if False:",
    ),
    Guard(
        "pace of a body",
        "nimbus/tests/test_bodies.py::test_client_that_sends_less_than_it_says_is_answered_and_let_go",
        "nimbus/bodies.py",
        "asyncio.timeout(pace.left(loop.time() - began, taken))",
        "asyncio.timeout(None)",
    ),
    Guard(
        "depth of JSON",
        "nimbus/tests/test_api.py::test_depth_ends_at_32",
        "nimbus/strictjson.py",
        "MAX_DEPTH = 32",
        "MAX_DEPTH = 64",
    ),
    Guard(
        "length of a body",
        "nimbus/tests/test_bodies.py::test_declared_length_is_believed_before_a_byte_is_read",
        "nimbus/bodies.py",
        "if declared(scope) > largest:",
        "if False:",
    ),
    Guard(
        "smuggled fields",
        "tests/test_hardening.py::test_fields_of_the_product_are_set_by_nobody",
        "projects/serializers.py",
        "if name not in self.fields or self.fields[name].read_only:",
        "if False:",
    ),
    Guard(
        "markup in what the model says",
        "optimizer/tests/test_checks.py",
        "optimizer/checks/markup.py",
        "def check(subject: Subject) -> Iterator[Verdict]:\n",
        "def check(subject: Subject) -> Iterator[Verdict]:\n    return\n",
    ),
]
