"""The flow of a page, one module a step, in the order things happen:

uploads → archives → queue → economy → executor → results → reviews → downloads → reports → webhooks
"""
