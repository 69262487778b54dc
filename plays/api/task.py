"""`/api/v1/tasks/`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Channel, Side, Urgency
from abmops.rest.access import Access
from abmops.rest.filters import MomentFilter, YesNoFilter
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from accounts.models import Account
from plays import services
from plays.api.fields import (
    CONTACT,
    DONE,
    HAND_ON,
    MOVE,
    REASON,
    SNOOZE,
    TASK,
    WORKED,
    account_named,
    body_of,
    contact_named,
    read_body,
    user_named,
)
from plays.api.serializers import TaskOut
from plays.models import Task
from plays.models.task import late_at


class TaskFilters(RecordFilters):
    """What a list of tasks can be narrowed to."""

    state = filters.ChoiceFilter(choices=Task.State.choices)
    owner = filters.CharFilter(field_name="owner__email", lookup_expr="iexact")
    play = filters.CharFilter(field_name="enrollment__play__slug")
    enrollment = filters.NumberFilter(field_name="enrollment_id", min_value=1, max_value=2**63 - 1)
    side = filters.ChoiceFilter(choices=Side.choices)
    channel = filters.ChoiceFilter(choices=Channel.choices)
    urgency = filters.ChoiceFilter(choices=Urgency.choices)
    is_late = YesNoFilter(method="by_late")
    due_since = MomentFilter(field_name="due_at", lookup_expr="gte")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Task
        fields: tuple[str, ...] = ()

    def by_late(self, queryset: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        """Owed past the due time while the clock runs; what stands still because of a pause is not late."""
        late = late_at(timezone.now())
        return queryset.filter(late) if value else queryset.exclude(late)


@extend_schema_view(
    create=extend_schema(request=body_of(TASK), responses={201: TaskOut}),
    partial_update=extend_schema(request=body_of(MOVE), responses={200: TaskOut}),
    destroy=extend_schema(responses={204: None}),
)
class TaskApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """What people owe: steps of plays, and jobs given by hand."""

    access: ClassVar[Access] = WORKED
    serializer_class = TaskOut
    filterset_class = TaskFilters
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("id", "due_at", "created_at", "closed_at", "updated_at")
    ordering: ClassVar[str] = "due_at"
    queryset = Task.objects.none()

    def get_queryset(self) -> QuerySet[Task]:
        """Everybody's tasks."""
        return Task.objects.visible_to(self.request.user).select_related(
            "account", "contact", "owner", "claimed_by", "enrollment__play", "step_run"
        )

    def create(self, request: Request) -> Response:
        """Give somebody a job outside of any play."""
        said = read_body(self, request, TASK)
        user: Any = request.user
        account = account_named(said.pop("account_domain"), user)
        if not Account.objects.editable_by(user).filter(pk=account.pk).exists():
            raise PermissionDenied("This account is somebody else's.")
        task = services.add_task(
            account=account,
            owner=user_named(said.pop("owner", None), "/owner"),
            contact=contact_named(said.pop("contact_email", None), account),
            due=said.pop("due_at", None),
            by=user,
            now=self.now(),
            **said,
        )
        return self._answer(task, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Move the due time, for a reason; the clock is set anew."""
        task = self._mine()
        said = read_body(self, request, MOVE)
        return self._answer(
            services.move_task(
                task=task, by=self._user(), due=said["due_at"], reason=said["reason"], now=self.now()
            )
        )

    def destroy(self, request: Request, pk: str) -> Response:
        """Take back a job given by hand. A play's step cannot be taken back; skip it."""
        services.cancel_task(task=self._mine(), by=self._user(), reason="Taken back.", now=self.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=body_of(DONE), responses={200: TaskOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def done(self, request: Request, pk: str) -> Response:
        """Done: logs the touch and opens the next step; a `result` also does what it means."""
        task, said = self._mine(), read_body(self, request, DONE)
        worked = services.record_outcome(
            task=task,
            by=self._user(),
            outcome=said.get("result", ""),
            note=said.get("outcome", ""),
            meeting_at=said.get("meeting_at"),
            now=self.now(),
        )
        return self._answer(worked.task)

    @extend_schema(request=body_of(REASON), responses={200: TaskOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def skip(self, request: Request, pk: str) -> Response:
        """Not done, for a reason; no touch is logged, and the next step opens."""
        task, said = self._mine(), read_body(self, request, REASON)
        return self._answer(
            services.skip_task(task=task, by=self._user(), reason=said["reason"], now=self.now())
        )

    @extend_schema(request=body_of(SNOOZE), responses={200: TaskOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def snooze(self, request: Request, pk: str) -> Response:
        """Out of the queue for a while; the clock to its due time goes on."""
        task, said = self._mine(), read_body(self, request, SNOOZE)
        return self._answer(
            services.snooze_task(task=task, by=self._user(), until=said.get("until"), now=self.now())
        )

    @extend_schema(request=body_of(HAND_ON), responses={200: TaskOut})
    @action(detail=True, methods=["post"], url_path="hand-on", filterset_class=None)
    def hand_on(self, request: Request, pk: str) -> Response:
        """Somebody else owes it from now on; the due time stays."""
        task, said = self._mine(), read_body(self, request, HAND_ON)
        to = user_named(said["to"], "/to")
        assert to is not None
        return self._answer(
            services.hand_on_task(
                task=task, by=self._user(), to=to, reason=said.get("reason", ""), now=self.now()
            )
        )

    @extend_schema(request=None, responses={200: TaskOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def reopen(self, request: Request, pk: str) -> Response:
        """Take back done or skip within a quarter of an hour, while nobody has worked on what followed."""
        return self._answer(services.reopen_task(task=self._mine(), by=self._user(), now=self.now()))

    @extend_schema(request=None, responses={200: TaskOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def claim(self, request: Request, pk: str) -> Response:
        """Hold it for five minutes, or five more; 409 with the name while somebody else does."""
        return self._answer(services.claim_task(task=self._mine(), by=self._user(), now=self.now()))

    @extend_schema(request=None, responses={200: TaskOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def release(self, request: Request, pk: str) -> Response:
        """Let go of one's own claim."""
        task = self._mine()
        services.release_task(task=task, by=self._user(), now=self.now())
        return self._answer(task)

    @extend_schema(request=body_of(CONTACT), responses={200: TaskOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def contact(self, request: Request, pk: str) -> Response:
        """Somebody else at the account; a step's text is written anew for them."""
        task = self._mine()
        other = contact_named(read_body(self, request, CONTACT)["contact_email"], task.account)
        assert other is not None
        return self._answer(
            services.change_contact(task=task, contact=other, by=self._user(), now=self.now())
        )

    def _user(self) -> Any:
        return self.request.user

    def _mine(self) -> Task:
        """The task, if the caller may work it."""
        task: Task = self.get_object()
        if not Task.objects.editable_by(self._user()).filter(pk=task.pk).exists():
            raise PermissionDenied("This task is somebody else's.")
        return task

    def _answer(self, task: Task, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=task.pk)).data, status=code)
