"""Apache Kafka's jars, fetched by Maven, checked and cached outside the repository."""

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.availability import ServerUnavailable
from tests.servers.clickhouse_library import cache_folder
from tests.servers.debian import install
from tests.servers.java import ensure_java

VERSION = "4.3.0"
SHA256 = "334f3559b7094cc60a6579054e2529d9c5cfbf3f6aacccdad3b7831e31449338"
"""What `fingerprint` gives for this version's jars."""

_LOG4J = "2.25.4"  # the log4j of this Kafka; without its bridge the broker's log would be empty
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tianzhuo</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>{_LOG4J}</version>
    </dependency>
  </dependencies>
</project>
"""


def ensure_kafka() -> Path:
    """Return the folder of Kafka's jars, fetching them (44 MB) when the cache lacks one or holds another one.

    Raises:
        ServerUnavailable: no Java or Maven and no way to install it, no network, or unexpected jars.
    """
    cache = cache_folder()
    jars = cache / f"kafka-{VERSION}"
    if fingerprint(jars) == SHA256:
        return jars
    # Parallel test workers wait here, then find the jars.
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if fingerprint(jars) != SHA256:
            _download(jars)
    return jars


def fingerprint(jars: Path) -> str:
    """Hash the names and bytes of a folder's jars; SHA-256 in hexadecimal, of nothing when there is no such folder."""
    digest = hashlib.sha256()
    for jar in sorted(jars.glob("*.jar")):
        with jar.open("rb") as file:
            digest.update(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {jar.name}\n".encode())
    return digest.hexdigest()


def _download(jars: Path) -> None:
    maven = _ensure_maven()
    with tempfile.TemporaryDirectory(dir=jars.parent) as name:
        folder = Path(name)
        (folder / "pom.xml").write_text(_POM)
        # A repository of its own: Maven does not guard the common one against another Maven.
        repository = f"-Dmaven.repo.local={folder / 'repository'}"
        options = ["--batch-mode", "--quiet", "--strict-checksums", repository]
        goal = [f"{_PLUGIN}:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder / 'jars'}"]
        done = subprocess.run(
            [maven, *options, *goal],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode:
            message = f"Maven could not fetch Kafka {VERSION}: {(done.stdout + done.stderr).strip()[-500:]}"
            raise ServerUnavailable(message)
        found = fingerprint(folder / "jars")
        if found != SHA256:
            message = f"the jars of Kafka {VERSION} have the fingerprint {found}, expected {SHA256}"
            raise ServerUnavailable(message)
        shutil.rmtree(jars, ignore_errors=True)
        (folder / "jars").rename(jars)


def _ensure_maven() -> str:
    ensure_java()  # Maven runs on it
    maven = shutil.which("mvn")
    if maven is None:
        install("maven")
        maven = shutil.which("mvn")
    if maven is None:
        message = f"Maven is needed once to fetch Kafka {VERSION}, but there is no mvn on PATH"
        raise ServerUnavailable(message)
    return maven
