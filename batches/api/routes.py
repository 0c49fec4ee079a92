"""What a public id looks like in an address. Anything else is an unknown address, before any query."""


class BatchId:
    regex = r"batch_[0-9A-Za-z_]{1,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ProjectId(BatchId):
    regex = r"proj_[0-9a-z]{1,30}"


class PageId(BatchId):
    regex = r"page_[0-9a-z]{1,40}"


class KeyId(BatchId):
    regex = r"key_[0-9a-z]{1,40}"
