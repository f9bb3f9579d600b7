"""The one place where objects are made, joined, started and closed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import structlog

from bot.charts.process import ChartProcess
from bot.chat.announcer import DiscordAnnouncer
from bot.chat.automod import DiscordAutoMod
from bot.chat.bulletins import DiscordBulletins
from bot.chat.case_notices import DiscordCaseNotices
from bot.chat.client import EaselClient, use_api
from bot.chat.membership import DiscordMembership
from bot.chat.operator_channel import DiscordOperatorChannel
from bot.chat.review_desk import DiscordReviewDesk
from bot.chat.studio import Studio
from bot.configured import (
    beside,
    classifier,
    incident_watch,
    limits_of,
    migrated,
    open_cipher,
    open_replicate,
    operator_terms,
    own_keys,
    privacy_of,
    pseudonym_key,
    retention_of,
    webhook_base,
    whois_of,
)
from bot.domain.incident import Incident, IncidentKind
from bot.images.reader import AttachmentReader
from bot.images.refit import PictureRefitter
from bot.images.verify import PictureVerifier
from bot.metrics.calls import MeasuredClassifier, MeasuredPredictions
from bot.metrics.deployment import DeploymentCollector
from bot.metrics.exposition import Metrics
from bot.process import App, ceilings_of, metrics_server, process_name, process_state, web_server
from bot.service.admission import Admission
from bot.service.answering import Answering
from bot.service.audit import Audit
from bot.service.bars import Bars
from bot.service.capacity import Capacity
from bot.service.cases import Cases
from bot.service.clock import SystemClock
from bot.service.deliveries import Deliveries
from bot.service.dispatch import Dispatch
from bot.service.endings import Endings
from bot.service.estimates import Estimates, Guess, first_guess
from bot.service.fence import (
    FencedAnnouncer,
    FencedBulletins,
    FencedCaseNotices,
    FencedOperatorChannel,
    FencedPredictions,
    FencedReviewDesk,
)
from bot.service.fulfilment import Fulfilment
from bot.service.gate import Gate
from bot.service.incidents import NoChannel
from bot.service.line import Line
from bot.service.look_ups import LookUps
from bot.service.mirror import Mirror
from bot.service.moderation import Moderation
from bot.service.nightly import PATIENCE, NightlyAudit
from bot.service.ports import Attachments, Clock
from bot.service.presence import Presence
from bot.service.purging import Purging
from bot.service.results import Results
from bot.service.review_decisions import ReviewDecisions
from bot.service.reviewing import Reviewing
from bot.service.sanctions import Sanctioning
from bot.service.screening import ContentCheck
from bot.service.staging import Staging
from bot.service.strays import StraySearch
from bot.service.styles import Styles
from bot.service.submission import SubmissionRules, Submissions
from bot.service.summaries import Summaries
from bot.service.sweep import Sweep
from bot.service.token_watch import WatchedPredictions
from bot.service.unbroken import Unbroken
from bot.service.upkeep import Upkeep
from bot.service.usage import UsageReports
from bot.service.watch import Watch
from bot.service.wording import WordCheck
from bot.settings import Settings
from bot.storage.appeals import SqlAppeals
from bot.storage.blobs import DirectoryBlobs, open_blobs
from bot.storage.books import SqlBooks
from bot.storage.budgets import SqlBudgets
from bot.storage.figures import SqlFigures
from bot.storage.keys import SqlKeys
from bot.storage.mirrors import SqlMirrors
from bot.storage.occasions import SqlOccasions
from bot.storage.preferences import SqlPreferences
from bot.storage.processes import SqlProcesses
from bot.storage.purges import SqlPurges
from bot.storage.queue import SqlQueue
from bot.storage.reports import SqlReports
from bot.storage.reviews import SqlReviews
from bot.storage.runs import SqlRunBooks
from bot.storage.sanctions import SqlSanctions
from bot.storage.trail import SqlTrail
from bot.storage.wakeups import open_wakeups
from bot.storage.words import SqlWordLists
from bot.wording.rules import Re2Wording

_log = structlog.get_logger(__name__)

MEGABYTE = 1_000_000

ATTACHMENT_LIMIT = 50 * MEGABYTE
"""Bytes of one attached picture: OpenAI's edit endpoint takes files of under 50 MB."""

DISCORD_CONNECTIONS = 50
"""With discord.py's default, one TLS connection for each request in flight, a burst of 1,500 interactions got most of
its answers later than Discord's 3 s; with a bound, all within one."""


CARD_PATIENCE = timedelta(seconds=10)
"""How long a job that ended at once waits for another process to show its card. What is alone shows that first."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a demo or a test puts in the place of the real thing."""

    clock: Clock | None = None
    attachments: Attachments | None = None
    guess: Guess = first_guess


@asynccontextmanager
async def open_app(settings: Settings, parts: Parts | None = None, *, idle: bool = False) -> AsyncGenerator[App]:
    """Everything joined but nothing started: the store is migrated and open, the Discord client not yet connected.

    One that stays `idle`, and is never started, can be opened beside the process that a SQLite database is held by.

    Raises the `StorageError`s of `bot.storage.errors`.
    """
    parts = parts or Parts()
    clock = parts.clock or SystemClock()
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        meter = metrics.meter
        cipher = await asyncio.to_thread(open_cipher, settings)
        store = await stack.enter_async_context((beside if idle else migrated)(settings.database_url, cipher))
        blobs = open_blobs(store.database, settings.easel_data_dir / "blobs", cipher)
        checks = {"database": store.check}

        def report(incident: Incident) -> None:
            incidents.report(incident)

        kind = IncidentKind.DATABASE
        watches = [Watch("the database", store.check, store.database.alarm, clock, kind=kind, report=report)]
        if isinstance(blobs, DirectoryBlobs):
            checks["blobs"] = blobs.check
            what, kind = "the directory of kept pictures", IncidentKind.BLOBS
            watches.append(Watch(what, blobs.check, blobs.alarm, clock, kind=kind, report=report))
        keys = SqlKeys(store.database)
        replicate = await stack.enter_async_context(open_replicate(settings, clock, keys, meter))
        attachments = parts.attachments or await stack.enter_async_context(
            AttachmentReader(settings.discord_cdn_hosts, limit_bytes=ATTACHMENT_LIMIT)
        )
        pictures, refitter = PictureVerifier(), PictureRefitter()
        stack.callback(pictures.close)
        stack.callback(refitter.close)
        use_api(settings.discord_api_url)
        role = settings.easel_role
        client = EaselClient(
            connector=aiohttp.TCPConnector(limit=DISCORD_CONNECTIONS),
            shards=settings.easel_shards,
            listens=role.listens,
            meter=meter,
        )
        stack.push_async_callback(client.close)

        processes = SqlProcesses(store.database, buried=lambda name, jobs: incidents.report_burial(name, jobs))
        presence = Presence(processes, clock, process_name, alone=not store.database.shared)
        wakeups = open_wakeups(store.database)
        queue = SqlQueue(store.database, limits_of(settings))
        measured = MeasuredPredictions(replicate, metrics.calls)
        watched = WatchedPredictions(measured)
        predictions = FencedPredictions(watched, presence)
        channel_id = settings.easel_operator_channel_id
        channel = DiscordOperatorChannel(client, channel_id) if channel_id else NoChannel()
        channel = FencedOperatorChannel(channel, presence)
        glances = [watched.incident, client.incident, *(each.incident for each in watches)]
        incidents = incident_watch(settings, store.database, clock, channel, glances)
        announcer = FencedAnnouncer(DiscordAnnouncer(client, clock), presence)
        endings = Endings(resume=lambda job: dispatch.resume(job))
        estimates, unbroken = Estimates(store, clock, parts.guess), Unbroken()
        line = Line(queue, store, announcer, clock)
        deliveries = Deliveries(store, endings, wakeups, predictions, clock)
        stack.push_async_callback(deliveries.close)
        look_ups = LookUps(predictions)
        stack.push_async_callback(look_ups.close)
        staging = Staging(
            attachments=attachments,
            pictures=pictures,
            blobs=blobs,
            predictions=predictions,
            clock=clock,
            keep=timedelta(days=settings.easel_input_retention_days),
        )
        sanctions = SqlSanctions(store.database)
        automod = DiscordAutoMod(client, clock)
        stack.push_async_callback(automod.close)
        words = WordCheck(SqlWordLists(store.database), automod, Re2Wording(), attachments, clock)
        results = Results(
            store=store,
            predictions=predictions,
            announcer=announcer,
            refitter=refitter,
            blobs=blobs,
            bars=Bars(sanctions, DiscordMembership(client), clock),
            capacity=Capacity(settings.easel_delivery_memory_mb * MEGABYTE),
            clock=clock,
            meter=meter,
            keep=timedelta(days=settings.easel_input_retention_days),
            card_patience=CARD_PATIENCE if store.database.shared else timedelta(),
        )
        preferences, reviews = SqlPreferences(store.database), SqlReviews(store.database)
        judge = MeasuredClassifier(classifier(settings, keys, meter), metrics.calls)
        content = ContentCheck(judge, preferences, blobs)
        desk = FencedReviewDesk(DiscordReviewDesk(client), presence)
        reviewing = Reviewing(
            reviews=reviews,
            preferences=preferences,
            desk=desk,
            announcer=announcer,
            results=results,
            blobs=blobs,
            clock=clock,
            wake=lambda: dispatch.wake(),
        )
        fulfilment = Fulfilment(
            store=store,
            queue=queue,
            predictions=predictions,
            look_ups=look_ups,
            announcer=announcer,
            staging=staging,
            content=content,
            submissions=Submissions(
                store=store,
                queue=queue,
                predictions=predictions,
                announcer=announcer,
                staging=staging,
                endings=endings,
                clock=clock,
                unbroken=unbroken,
                rules=SubmissionRules(
                    webhook_base=webhook_base(settings),
                    cancel_after=settings.replicate_cancel_after_s,
                    lookup_grace=settings.replicate_lookup_grace_s,
                    pseudonym_key=pseudonym_key(store.database),
                ),
            ),
            results=results,
            reviewing=reviewing,
            endings=endings,
            estimates=estimates,
            clock=clock,
            meter=meter,
            unbroken=unbroken,
            cancel_after=settings.replicate_cancel_after_s,
            wake=lambda: dispatch.wake(),
            run_ended=lambda: dispatch.run_ended(),
            report=report,
        )
        answering = Answering()
        dispatch = Dispatch(
            store=store,
            queue=queue,
            presence=presence,
            wakeups=wakeups,
            fulfilment=fulfilment,
            endings=endings,
            unbroken=unbroken,
            answering=answering,
            clock=clock,
            meter=meter,
            hear=deliveries.hear,
            report=report,
            claims=role.works,
        )
        charts = ChartProcess()
        stack.push_async_callback(charts.close)
        review_decisions = ReviewDecisions(
            reviews=reviews,
            desk=desk,
            store=store,
            queue=queue,
            announcer=announcer,
            clock=clock,
            wake=dispatch.wake,
        )
        budgets, books = SqlBudgets(store.database), SqlBooks(store.database)
        occasions = SqlOccasions(store.database)
        bulletins = FencedBulletins(DiscordBulletins(client, operator_channel_id=channel_id), presence)
        audit = Audit(
            SqlRunBooks(store.database), watched, clock, webhook_base=webhook_base(settings), patience=PATIENCE
        )
        retention = retention_of(settings, store.database, blobs, clock)
        moderation = Moderation(store, clock, dispatch.wake)
        sanctioning = Sanctioning(sanctions, store, moderation)
        cases = Cases(
            reports=SqlReports(store.database),
            notices=FencedCaseNotices(DiscordCaseNotices(client), presence),
            store=store,
            announcer=announcer,
            attachments=attachments,
            blobs=blobs,
            results=results,
            sanctions=sanctions,
            sanctioning=sanctioning,
            clock=clock,
        )
        purging = Purging(
            purges=SqlPurges(store.database), announcer=announcer, blobs=blobs, clock=clock, wake=dispatch.wake
        )
        terms = operator_terms(settings)
        client.open_studio(
            Studio(
                models=settings.models,
                gate=Gate(preferences, reviews, words, content, clock),
                admission=Admission(
                    store,
                    budgets,
                    terms,
                    clock,
                    store.database.root.derive("job id"),
                    meter=meter,
                    log_prompts=settings.easel_log_prompts,
                ),
                answering=answering,
                budgets=budgets,
                books=books,
                operator=terms,
                usage=UsageReports(books, budgets, terms, clock),
                charts=charts,
                own_keys=own_keys(settings, keys, clock),
                estimates=estimates,
                line=line,
                results=results,
                moderation=moderation,
                sanctions=sanctions,
                sanctioning=sanctioning,
                appeals=SqlAppeals(store.database),
                cases=cases,
                purging=purging,
                preferences=preferences,
                trail=SqlTrail(store.database),
                whois=whois_of(store.database),
                words=words,
                styles=Styles(preferences, attachments, pictures, blobs, clock),
                privacy=privacy_of(settings, store.database, blobs, retention, clock),
                retention=retention,
                reviewing=reviewing,
                reviews=review_decisions,
                store=store,
                clock=clock,
                meter=meter,
                wake=dispatch.wake,
                allow_low_moderation=settings.easel_allow_low_moderation,
                direct_messages=settings.easel_direct_messages,
                user_install=settings.easel_user_install,
                output_compression=settings.easel_output_compression,
                attachment_limit=ATTACHMENT_LIMIT,
                attachment_hosts=settings.discord_cdn_hosts,
                log_channel_id=settings.easel_log_channel_id,
            )
        )
        metrics.watch(
            process_state(settings, client, dispatch, store.database.alarm),
            DeploymentCollector(SqlFigures(store.database), blobs.size, ceilings_of(settings), clock),
        )
        app = App(
            client=client,
            store=store,
            replicate=replicate,
            watched=watched,
            dispatch=dispatch,
            web=web_server(settings, checks, client, replicate, deliveries, clock=clock, meter=meter),
            metrics=metrics_server(settings, metrics),
            rounds=[
                # What is set going in a process is carried on there, and taken over by any other.
                cases.run(),
                purging.run(),
                Mirror(SqlMirrors(store.database), bulletins, clock).run(),
                review_decisions.run(),
                incidents.run(),  # which tells of what this process alone can see, too
                *(watch.run() for watch in watches),
                *([metrics.lag.run()] if settings.metrics_port is not None else []),
            ],
        )
        if role.works:
            app.rounds += [
                StraySearch(store, predictions, clock, lookup_grace=settings.replicate_lookup_grace_s).run(),
                Sweep(endings, watched, clock, webhooks=settings.public_url is not None).run(),
                Upkeep(store, blobs, keys, clock).run(),
                retention.run(),
                NightlyAudit(audit, occasions, bulletins, clock, seed=store.database.root.derive("night")).run(),
                Summaries(preferences, occasions, bulletins, clock).run(),
                line.run(),
            ]
        stack.push_async_callback(app.stop)
        yield app
