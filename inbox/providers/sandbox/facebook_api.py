"""Facebook's side of the sandbox network: comments and messages of a page."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from inbox.providers.sandbox.delivery import Deliverer
from inbox.providers.sandbox.graph_api import (
    Refused,
    Reply,
    Request,
    finished,
    not_found,
    number_of,
    text_of,
    truth_of,
)
from inbox.providers.sandbox.payloads import (
    body_of,
    facebook_comment,
    facebook_envelope,
    messenger_envelope,
    messenger_message,
)
from inbox.providers.sandbox.world import Account, Comment, World

WINDOW_S = 24 * 3600
PRIVATE_REPLY_S = 7 * 24 * 3600
MAX_CHARS_COMMENT = 8000
MAX_CHARS = 2000


def answer(
    world: World, deliverer: Deliverer, account: Account, request: Request, node: str, edge: str
) -> Reply:
    """One call of the Page API. Raises: Refused."""
    with world.lock:
        match request.method, edge:
            case "POST", "messages" if node == account.account_id:
                return _message(world, deliverer, account, request)
            case "POST", "comments":
                return _reply(world, deliverer, account, request, node)
            case "GET", "comments":
                return Reply(200, _listing(world, account, request, node))
            case "GET", "":
                if node == account.account_id:
                    return Reply(200, {"id": node, "name": account.name})
                return Reply(200, _fields(world, account, _comment(world, account, node), request))
            case "POST", "":
                return _change(world, deliverer, account, request, node)
            case "DELETE", "":
                comment = _comment(world, account, node)
                change_comment(world, deliverer, account, comment, "remove", is_removed=True)
                return finished(world, account, {"success": True})
            case _:
                raise Refused(400, 100, f"Unsupported {request.method.lower()} request")


def _comment(world: World, account: Account, comment_id: str) -> Comment:
    comment = world.comments.get(comment_id)
    if comment is None or comment.is_removed or comment.account_id != account.account_id:
        raise not_found(comment_id)
    return comment


def _reply(
    world: World, deliverer: Deliverer, account: Account, request: Request, target: str
) -> Reply:
    text = text_of(request.values, "message")
    if not text.strip() or len(text) > MAX_CHARS_COMMENT:
        raise Refused(400, 100, "message is empty or too long")
    parent = _comment(world, account, target)
    comment_id = f"{parent.post_id.partition('_')[2] or parent.post_id}_9{world.next_number()}"
    comment = Comment(
        comment_id=comment_id,
        account_id=account.account_id,
        post_id=parent.post_id,
        parent_id=target,
        author_id=account.account_id,
        author_name=account.name,
        text=text,
        at=world.now(),
    )
    world.do("comment", **asdict(comment))
    tell_comment(world, deliverer, account, comment, "add")
    return finished(world, account, {"id": comment_id})


def _change(
    world: World, deliverer: Deliverer, account: Account, request: Request, node: str
) -> Reply:
    """Hide, unhide, or edit an own comment."""
    comment = _comment(world, account, node)
    is_own = comment.author_id == account.account_id
    if "message" in request.values:
        if not is_own:
            # The real network would do worse, so tests look for this entry.
            world.do("refused", what="edit of a foreign comment", comment_id=node)
            raise Refused(403, 200, "Permissions error: not your comment")
        text = text_of(request.values, "message")
        change_comment(world, deliverer, account, comment, "edited", text=text)
        return finished(world, account, {"success": True})
    is_hidden = truth_of(request.values, "is_hidden")
    if is_hidden is None:
        raise Refused(400, 100, "is_hidden must be true or false")
    if is_own:
        raise Refused(403, 200, "Permissions error: an own comment cannot be hidden")
    if comment.is_hidden is not is_hidden:
        verb = "hide" if is_hidden else "unhide"
        change_comment(world, deliverer, account, comment, verb, is_hidden=is_hidden)
    return finished(world, account, {"success": True})


def change_comment(
    world: World,
    deliverer: Deliverer,
    account: Account,
    comment: Comment,
    verb: str,
    *,
    at: float | None = None,
    **changes: Any,
) -> str:
    """Change a comment and tell the app; returns the delivery's id.

    Every change of one comment gets a second of its own, because the webhook tells whole
    seconds and they distinguish one hiding from the next.
    """
    changed_at = max(world.now() if at is None else at, comment.changed_at + 1)
    world.do("comment_changed", comment_id=comment.comment_id, changed_at=changed_at, **changes)
    return tell_comment(world, deliverer, account, comment, verb, at=changed_at)


def tell_comment(
    world: World,
    deliverer: Deliverer,
    account: Account,
    comment: Comment,
    verb: str,
    *,
    at: float | None = None,
) -> str:
    """Queue the ``feed`` webhook about a comment."""
    change = facebook_comment(comment, verb)
    envelope = facebook_envelope(account, at or comment.at, changes=[change])
    return deliverer.post(account.app_id, body_of(envelope))


def _message(world: World, deliverer: Deliverer, account: Account, request: Request) -> Reply:
    text = text_of(request.values, "message", "text")
    if not text.strip() or len(text) > MAX_CHARS:
        raise Refused(400, 100, "message is empty or too long")
    comment_id = text_of(request.values, "recipient", "comment_id")
    person_id = text_of(request.values, "recipient", "id")
    if comment_id:
        comment = _comment(world, account, comment_id)
        person_id = comment.author_id
        _check_private_reply(world, account, comment)
    person = world.people.get((account.account_id, person_id))
    if person is None:
        raise Refused(400, 100, "No matching user found", 2018001)
    if person.is_blocking:
        raise Refused(400, 551, "This person isn't available right now")
    if not comment_id and world.now() - person.last_wrote_at > WINDOW_S:
        raise Refused(400, 10, "Message sent outside of allowed window", 2018278)
    message_id = f"m_sbx{world.next_number()}"
    world.do(
        "message",
        message_id=message_id,
        account_id=account.account_id,
        person_id=person_id,
        direction="out",
        text=text,
        at=world.now(),
        reference=text_of(request.values, "message", "metadata"),
        comment_id=comment_id,
    )
    if comment_id:
        world.do("comment_changed", comment_id=comment_id, private_reply_id=message_id)
    message = world.messages[message_id]
    item = messenger_message(account, message)
    deliverer.post(account.app_id, body_of(messenger_envelope(account, message.at, item)))
    return finished(world, account, {"recipient_id": person_id, "message_id": message_id})


def _check_private_reply(world: World, account: Account, comment: Comment) -> None:
    if comment.private_reply_id:
        raise Refused(400, 10900, "Activity already replied to")
    if world.now() - comment.at > PRIVATE_REPLY_S:
        raise Refused(400, 10902, "This is not a replyable activity")
    if not comment.author_id or comment.author_id == account.account_id:
        raise Refused(400, 10903, "This user cannot be replied to")


def _fields(world: World, account: Account, comment: Comment, request: Request) -> dict[str, Any]:
    can_reply = not comment.private_reply_id and world.now() - comment.at <= PRIVATE_REPLY_S
    known: dict[str, Any] = {
        "id": comment.comment_id,
        "message": comment.text,
        "created_time": datetime.fromtimestamp(int(comment.at), tz=UTC).strftime(
            "%Y-%m-%dT%H:%M:%S+0000"
        ),
        "parent": {"id": comment.parent_id},
        "is_hidden": comment.is_hidden,
        "can_hide": comment.author_id != account.account_id,
        "can_reply_privately": can_reply,
    }
    if comment.author_id:
        known["from"] = {"id": comment.author_id, "name": comment.author_name}
    asked = text_of(request.values, "fields").split(",")
    return {key: value for key, value in known.items() if key == "id" or key in asked}


def _listing(world: World, account: Account, request: Request, node: str) -> dict[str, Any]:
    """Replies of a comment, or comments of a post; pages by cursor."""
    posts = {one.post_id for one in world.comments.values()}
    if node not in posts:
        _comment(world, account, node)
    is_flat = text_of(request.values, "filter") == "stream"
    rows = [
        one
        for one in world.comments.values()
        if one.account_id == account.account_id
        and not one.is_removed
        and (one.parent_id == node or (is_flat and one.post_id == node))
    ]
    is_newest_first = text_of(request.values, "order") == "reverse_chronological"
    rows.sort(key=lambda one: one.at, reverse=is_newest_first)
    limit = min(max(number_of(request.values, "limit", 25), 1), 100)
    start = number_of(request.values, "after", 0)
    page = rows[start : start + limit]
    data: dict[str, Any] = {"data": [_fields(world, account, one, request) for one in page]}
    if start + limit < len(rows):
        data["paging"] = {"cursors": {"after": str(start + limit)}}
    return data
