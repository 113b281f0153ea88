"""Celery entry points of the directory. Messages only wake; the tables say what is to be done."""

from celery import shared_task


@shared_task(name="tenants.deliver_post")
def deliver_post() -> None:
    """Platform job: send the mail that is due, whoever's it is."""
    from tenants.domain.post import deliver_due, forget_old_mail  # noqa: PLC0415 -- task

    deliver_due()
    forget_old_mail()
