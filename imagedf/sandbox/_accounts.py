"""Fictional images: the same seed gives the same bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Image = dict[str, Any]

REFERENCE = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
"""The current time in the sample accounts."""

REGIONS = (
    "nyc3", "nyc1", "sfo1", "nyc2", "ams2", "sgp1", "lon1",
    "ams3", "fra1", "tor1", "sfo2", "blr1", "sfo3", "syd1",
)  # fmt: skip
_BASES = (
    ("Ubuntu", ("20.04 (LTS) x64", "22.04 (LTS) x64", "24.04 (LTS) x64", "25.10 x64")),
    ("Debian", ("11 x64", "12 x64", "13 x64")),
    ("Fedora", ("41 x64", "42 x64", "43 x64")),
    ("CentOS", ("9 Stream x64", "10 Stream x64")),
    ("Rocky Linux", ("8 x64", "9 x64", "10 x64")),
    ("FreeBSD", ("14.2 ufs x64", "14.2 zfs x64")),
    ("openSUSE", ("Leap 15.6 x64",)),
    ("AlmaLinux", ("AlmaLinux 8", "AlmaLinux 9", "AlmaLinux 10")),
)
_APPS = (
    "WordPress", "Docker", "GitLab", "LAMP", "LEMP", "MongoDB", "PostgreSQL", "Redis", "Ghost",
    "Discourse", "Nextcloud", "Grafana", "Jenkins", "Node.js", "Django", "Rails", "Plesk",
    "OpenVPN", "Minecraft: Java Edition", "R&D Studio® 9",
)  # fmt: skip
_SERIES = (
    "web", "db-primary", "worker", "cache", "mail", "gitlab", "vpn", "billing", "search",
    "analytics", "строка-сервер", "サーバー", "café-api", "shop \"eu\"", "legacy, do not touch",
)  # fmt: skip
_TAGS = ("env:prod", "env:staging", "env:dev", "team:data", "team:web", "keep", "cost-center:42")
_SYSTEMS = ("Ubuntu", "Ubuntu", "Ubuntu", "Debian", "Debian", "AlmaLinux", "Rocky Linux", "Fedora")
DAILY = ("db-primary", "billing")
"""The series that are backed up daily; the others are backed up weekly."""
_STATUSES = ("available",) * 40 + ("NEW", "new", "pending", "deleted", "retired")


class _ImageFactory:
    """Creates images one after another; ids grow over time, like DigitalOcean's."""

    def __init__(self, seed: int, first_id: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 # a sample, not a secret
        self.next_id = first_id

    def image(self, **given: Any) -> Image:
        """Return an image with all fourteen fields; given values replace random ones."""
        self.next_id += self.random.randint(3, 4000)
        image: Image = {
            "id": self.next_id,
            "name": "",
            "distribution": "Ubuntu",
            "slug": None,
            "public": False,
            "regions": self.random.sample(REGIONS, self.random.choice((1, 1, 1, 2, 3))),
            "created_at": stamp(self.moment()),
            "min_disk_size": self.random.choice((25, 25, 50, 80, 160)),
            "type": "snapshot",
            "size_gigabytes": round(self.random.lognormvariate(1.2, 0.9), 2),
            "description": "",
            "tags": self.random.sample(_TAGS, self.random.choice((0, 0, 1, 2))),
            "status": "available",
            "error_message": "",
        }
        return image | given

    def moment(self, days: int = 900) -> datetime:
        """Return a random moment before the reference, more often a recent one."""
        back = days * self.random.random() ** 2
        return REFERENCE - timedelta(days=back, seconds=self.random.randint(0, 86_399))


def stamp(moment: datetime) -> str:
    """Return a moment in the API's format: UTC, whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sample_accounts(seed: int = 7) -> dict[str, list[Image]]:
    """Return the images of the two sample accounts, ``prod`` and ``dev``: about 1,000 in all.

    Both list the same public images, and their own snapshots, backups and custom images.
    Every documented status and type occurs, and so do values that the API's specification
    does not list but its responses contain.

    Parameters
    ----------
    seed : int, default 7
        The same seed gives the same images.

    Returns
    -------
    dict of str to list of dict
        The listing of each account, in the order of the pages.
    """
    public = list(_public(_ImageFactory(seed, 107_000_000)))
    return {
        "prod": public
        + list(_private(_ImageFactory(seed + 1, 160_000_000), droplets=12, customs=24)),
        "dev": public
        + list(_private(_ImageFactory(seed + 2, 190_000_000), droplets=9, customs=16)),
    }


def _public(factory: _ImageFactory) -> Iterator[Image]:
    for distribution, names in _BASES:
        for name in names:
            yield factory.image(
                name=name,
                distribution=distribution,
                slug=_slug(f"{distribution} {name.removeprefix(distribution)}"),
                public=True,
                type="base",
                regions=list(REGIONS),
                min_disk_size=factory.random.choice((7, 9, 10, 15)),
                size_gigabytes=round(factory.random.uniform(0.13, 2.36), 2),
                tags=[],
            )
    for app in _APPS:
        for version in range(1, 8):
            yield _application(factory, app, version)


def _slug(text: str) -> str:
    return re.sub(r"(\(lts\)|[^a-z0-9])+", "-", text.lower()).strip("-")


def _application(factory: _ImageFactory, app: str, version: int) -> Image:
    return factory.image(
        name=f"{app} {version}.{factory.random.randint(0, 9)} on Ubuntu 22.04",
        slug=_slug(f"{app} {version} 22.04") if factory.random.random() < 0.98 else None,
        public=True,
        type=factory.random.choice(("snapshot", "snapshot", "application")),
        regions=[*REGIONS, "atl1"] if version == 7 else list(REGIONS),
        size_gigabytes=round(factory.random.uniform(0.47, 9.5), 2),
        description=f"{app} {version}",
        tags=[],
    )


def _private(factory: _ImageFactory, *, droplets: int, customs: int) -> Iterator[Image]:
    for series in _SERIES[:droplets]:
        distribution = factory.random.choice(_SYSTEMS)
        yield from _dated_snapshots(factory, series, distribution)
        yield from _backups(factory, series, distribution)
    for number in range(customs):
        yield _custom(factory, number)
    yield from _oddities(factory)


def _dated_snapshots(factory: _ImageFactory, series: str, distribution: str) -> Iterator[Image]:
    """Yield the nightly and monthly snapshots of one Droplet, each a little larger."""
    size = factory.random.uniform(1, 30)
    tags = factory.random.sample(_TAGS, factory.random.choice((0, 1, 2)))
    for back in [*range(1, 8), *range(14, 70, 7), *range(90, 400, 31)]:
        created = REFERENCE - timedelta(days=back)
        size *= 0.995
        yield factory.image(
            name=f"{series}-{created:%Y-%m-%d}",
            created_at=stamp(created),
            distribution=distribution,
            size_gigabytes=round(size, 2),
            tags=tags,
            status=factory.random.choice(_STATUSES),
        )


def _backups(factory: _ImageFactory, series: str, distribution: str) -> Iterator[Image]:
    region = factory.random.choice(REGIONS)
    every = 1 if series in DAILY else 7
    for week in range(4):
        yield factory.image(
            name=f"{series} (backup)",
            type="backup",
            distribution=distribution,
            regions=[region],
            created_at=stamp(REFERENCE - timedelta(days=every * week + 1, hours=3)),
            tags=[],
        )


def _custom(factory: _ImageFactory, number: int) -> Image:
    return factory.image(
        name=f"golden-image-{number:02d}.qcow2",
        type="custom",
        distribution=factory.random.choice(("Ubuntu", "Debian", "Arch Linux", "Unknown", "Gentoo")),
        description="imported",
        status=factory.random.choice(_STATUSES),
    )


def _oddities(factory: _ImageFactory) -> Iterator[Image]:
    """Yield images that differ from the documentation."""
    yield factory.image(name="12.04.5 x64", type="base", status="retired", regions=[])
    yield factory.image(name="everywhere", regions=list(REGIONS))
    yield factory.image(name="region twice", regions=["nyc3", "nyc3", "ams3"])
    yield factory.image(name="size unknown", type="custom", size_gigabytes=None, min_disk_size=None,
                      status="NEW")  # fmt: skip
    yield factory.image(name="size unknown, pending", type="custom", size_gigabytes=None,
                      status="pending")  # fmt: skip
    yield factory.image(name="no size at all", size_gigabytes=0)
    yield factory.image(name="tags unknown", tags=None)
    yield factory.image(name="=SUM(A1:A9)", description="+1 -1 @home")
    yield factory.image(name='two\nlines, "quotes" & <b>markup</b> $x_1$')
    yield factory.image(name="صورة الخادم 🚀", tags=["env:prod", "keep"])
    yield factory.image(name="made in 2014", created_at="2014-06-25T10:00:00Z")
    yield factory.image(name="failed import", type="custom", status="deleted", size_gigabytes=0,
                      error_message="it has no kernel", distribution="Unknown OS")  # fmt: skip
    yield factory.image(name="worker pool", type="admin", distribution="Debian")
    yield factory.image(name="import just begun", type="custom", status="NEW", regions=[],
                      size_gigabytes=None, min_disk_size=None)  # fmt: skip


def many_images(count: int, seed: int = 7) -> Iterator[Image]:
    """Yield any number of images for load tests and benchmarks.

    Parameters
    ----------
    count : int
        The number of images.
    seed : int, default 7
        The same seed gives the same images.

    Yields
    ------
    dict
        One image in fourteen is public and in all regions; the others are in one to three.
    """
    factory = _ImageFactory(seed, 1_000_000)
    for number in range(count):
        public = number % 14 == 0
        yield factory.image(
            name=f'image "{number}"' if number % 50 == 0 else f"image-{number}",
            distribution=factory.random.choice(_BASES)[0],
            slug=f"slug-{number}" if public else None,
            public=public,
            type="base" if public else factory.random.choice(("snapshot", "backup", "custom")),
            regions=list(REGIONS) if public else factory.random.sample(REGIONS, number % 3 + 1),
            size_gigabytes=None if number % 97 == 0 else round(factory.random.uniform(0.1, 60), 2),
        )
