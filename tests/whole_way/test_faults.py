"""A stopped part is noticed, said honestly, and nothing is lost."""

import pytest

from tests.support.customer import WebCustomer
from tests.support.product import Product


@pytest.mark.timeout(900)
def test_a_stopped_action_server_gives_an_apology_and_the_offer_of_a_person(
    product: Product,
) -> None:
    product.kill("actions")
    try:
        customer = WebCustomer(product.url)
        customer.send("I want to cancel order 10026")
        said = customer.wait_for("bot", 1)
        assert "did not work" in said[-1]["text"]
        offer = next(b for b in said[-1]["buttons"] if b["title"] == "Talk to a person")
        customer.press(offer["token"])
        said = customer.wait_for("bot", 2)
        assert "A person will reply here" in said[-1]["text"]
        customer.send("how long does delivery take")
        owner = product.care.rows("SELECT owner FROM conversations ORDER BY id DESC")[0]["owner"]
        assert owner == "queue"
    finally:
        product.start_actions()


@pytest.mark.timeout(900)
def test_asking_for_a_person_works_without_the_action_server(product: Product) -> None:
    product.kill("actions")
    try:
        customer = WebCustomer(product.url)
        customer.send("I want to talk to a human being")
        said = customer.wait_for("bot", 1)
        assert "A person will reply here" in said[-1]["text"]
    finally:
        product.start_actions()


@pytest.mark.timeout(900)
def test_a_killed_assistant_opens_the_chat_to_people_and_comes_back(product: Product) -> None:
    product.kill("assistant")
    try:
        customer = WebCustomer(product.url)
        customer.send("how long does delivery take")
        said = customer.wait_for("bot", 1)
        assert "A person will reply here" in said[-1]["text"]
        reasons = product.care.rows("SELECT reason FROM handoffs ORDER BY id DESC")
        assert reasons[0]["reason"] == "assistant_down"
    finally:
        product.start_assistant()
    other = WebCustomer(product.url)
    other.send("how long does delivery take")
    said = other.wait_for("bot", 1)
    assert "3-5 working days" in next(m["text"] for m in said if m["author"] == "bot")
