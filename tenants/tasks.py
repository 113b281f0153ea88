"""Celery entry points of the directory. Messages only wake; the tables say what is to be done."""

from celery import shared_task


@shared_task(name="tenants.deliver_post")
def deliver_post() -> None:
    """Platform job: send the mail that is due, whoever's it is."""
    from tenants.domain.post import deliver_due, forget_old_mail  # noqa: PLC0415 -- task

    deliver_due()
    forget_old_mail()


@shared_task(name="tenants.forget_sessions")
def forget_sessions() -> None:
    """Platform job: forget where people were signed in once that has ended by itself."""
    from tenants.domain.signin import forget_dead_sessions  # noqa: PLC0415 -- task

    forget_dead_sessions()
