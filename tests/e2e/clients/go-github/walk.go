// go-github walks through acme/rocket of the stand-in's seed, by base URL alone.
//
// walk, with WALK_BASE, WALK_TOKEN and WALK_LOGIN in the environment.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/google/go-github/github"
)

const owner, repo = "acme", "rocket"

var (
	ctx   = context.Background()
	base  = os.Getenv("WALK_BASE")
	sent  []string
	steps int
)

// counted sees every request that leaves, and gives the token to those below the base URL only.
type counted struct{}

func (counted) RoundTrip(request *http.Request) (*http.Response, error) {
	sent = append(sent, request.URL.String())
	if strings.HasPrefix(request.URL.String(), base+"/") {
		request = request.Clone(ctx)
		request.Header.Set("Authorization", "Bearer "+os.Getenv("WALK_TOKEN"))
	}
	return http.DefaultTransport.RoundTrip(request)
}

func fail(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func same(what string, actual, expected interface{}) {
	if !reflect.DeepEqual(actual, expected) {
		fail("%s: %v, not %v", what, actual, expected)
	}
}

// step asks, and holds that one request was sent, below the base URL.
func step(what string, ask func() error) {
	requests(what, 1, ask)
}

func requests(what string, expected int, ask func() error) {
	before := len(sent)
	if err := ask(); err != nil {
		fail("%s: %v (%v)", what, err, sent[before:])
	}
	made := sent[before:]
	if len(made) != expected {
		fail("%s: %d requests, not %d: %v", what, len(made), expected, made)
	}
	for _, address := range made {
		if !strings.HasPrefix(address, base+"/") {
			fail("%s: %s is not below %s", what, address, base)
		}
	}
	steps++
}

// refused wants an error with this status at once.
func refused(what string, status int, ask func() error) {
	began := time.Now()
	step(what, func() error {
		var answer *github.ErrorResponse
		if err := ask(); !errors.As(err, &answer) {
			return fmt.Errorf("not refused by GitHub: %v", err)
		}
		if answer.Response.StatusCode != status {
			return answer
		}
		return nil
	})
	if took := time.Since(began); took > 2*time.Second {
		fail("%s took %v", what, took)
	}
}

// twoPages asks for the first two pages; the number of the second one comes from the `link` of the first.
func twoPages(what string, size int, ask func(github.ListOptions) (*github.Response, error)) {
	requests(what, 2, func() error {
		first, err := ask(github.ListOptions{PerPage: size})
		if err != nil {
			return err
		}
		if first.NextPage != 2 {
			return fmt.Errorf("the next page is %d", first.NextPage)
		}
		_, err = ask(github.ListOptions{PerPage: size, Page: first.NextPage})
		return nil
	})
}

// download reads an address that the API handed out, without a credential.
func download(what string, address *url.URL) []byte {
	if strings.HasPrefix(address.String(), base+"/") {
		fail("%s: %s is an address of the API", what, address)
	}
	answer, err := http.Get(address.String())
	if err != nil {
		fail("%s: %v", what, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		fail("%s: %v, status %d", what, err, answer.StatusCode)
	}
	return content
}

func main() {
	client, err := github.NewEnterpriseClient(base, base, &http.Client{Transport: counted{}})
	if err != nil {
		fail("%v", err)
	}
	head := repository(client)
	pulls(client, head)
	issues(client)
	actions(client)
	contents(client)
	commits(client, head)
	releases(client)
	people(client)
	refusals(client)
	fmt.Printf("go-github: %d steps, %d requests\n", steps, len(sent))
}

func repository(client *github.Client) string {
	step("repository", func() error {
		rocket, _, err := client.Repositories.Get(ctx, owner, repo)
		if err != nil {
			return err
		}
		same("repository", rocket.GetFullName(), "acme/rocket")
		same("repository", rocket.GetID(), int64(5002))
		same("its branch", rocket.GetDefaultBranch(), "main")
		return nil
	})
	step("a branch", func() error {
		branch, _, err := client.Repositories.GetBranch(ctx, owner, repo, "main", false)
		if err != nil {
			return err
		}
		same("a branch", branch.GetCommit().GetCommit().GetMessage(), "Change 40 of rocket")
		return nil
	})
	var head string
	step("a branch with a slash", func() error {
		branch, _, err := client.Repositories.GetBranch(ctx, owner, repo, "feature/7", false)
		if err != nil {
			return err
		}
		head = branch.GetCommit().GetSHA()
		same("a branch with a slash", branch.GetName(), "feature/7")
		return nil
	})
	step("languages", func() error {
		languages, _, err := client.Repositories.ListLanguages(ctx, owner, repo)
		if err != nil {
			return err
		}
		same("languages", languages["Rust"] > 0, true)
		return nil
	})
	return head
}

func pulls(client *github.Client, head string) {
	var numbers []int
	twoPages("pulls", 5, func(page github.ListOptions) (*github.Response, error) {
		pulls, answer, err := client.PullRequests.List(ctx, owner, repo, &github.PullRequestListOptions{State: "all", ListOptions: page})
		if err != nil {
			return answer, err
		}
		for _, pull := range pulls {
			numbers = append(numbers, pull.GetNumber())
		}
		return answer, nil
	})
	same("pulls", numbers, []int{12, 11, 10, 9, 8, 7, 6, 5, 4, 3})
	step("a pull", func() error {
		pull, _, err := client.PullRequests.Get(ctx, owner, repo, 7)
		if err != nil {
			return err
		}
		same("a pull", []string{pull.GetState(), pull.GetHead().GetRef(), pull.GetHead().GetSHA()}, []string{"open", "feature/7", head})
		return nil
	})
	step("its files", func() error {
		files, _, err := client.PullRequests.ListFiles(ctx, owner, repo, 7, nil)
		if err != nil {
			return err
		}
		same("its files", files[0].GetFilename(), "src/lib.rs")
		return nil
	})
	step("its commits", func() error {
		commits, _, err := client.PullRequests.ListCommits(ctx, owner, repo, 7, nil)
		if err != nil {
			return err
		}
		same("its commits", commits[0].GetCommit().GetMessage(), "Propose change 7")
		return nil
	})
	step("its reviews", func() error {
		reviews, _, err := client.PullRequests.ListReviews(ctx, owner, repo, 7, nil)
		if err != nil {
			return err
		}
		same("its reviews", reviews[0].GetState(), "CHANGES_REQUESTED")
		return nil
	})
	step("its line comments", func() error {
		comments, _, err := client.PullRequests.ListComments(ctx, owner, repo, 7, nil)
		if err != nil {
			return err
		}
		same("its line comments", comments[0].GetBody(), "Why?")
		return nil
	})
	for kind, begin := range map[github.RawType]string{github.Diff: "diff --git a/", github.Patch: "From "} {
		step("its difference", func() error {
			text, _, err := client.PullRequests.GetRaw(ctx, owner, repo, 7, github.RawOptions{Type: kind})
			if err != nil {
				return err
			}
			same("its difference", strings.HasPrefix(text, begin), true)
			return err
		})
	}
}

func issues(client *github.Client) {
	var numbers []int
	twoPages("issues", 50, func(page github.ListOptions) (*github.Response, error) {
		issues, answer, err := client.Issues.ListByRepo(ctx, owner, repo, &github.IssueListByRepoOptions{State: "all", ListOptions: page})
		if err != nil {
			return answer, err
		}
		for _, issue := range issues {
			numbers = append(numbers, issue.GetNumber())
		}
		return answer, nil
	})
	same("issues", []int{len(numbers), numbers[0], numbers[99]}, []int{100, 145, 46})
	step("an issue", func() error {
		issue, _, err := client.Issues.Get(ctx, owner, repo, 15)
		if err != nil {
			return err
		}
		same("an issue", []string{issue.GetState(), issue.Labels[0].GetName(), issue.GetMilestone().GetTitle()}, []string{"closed", "good first issue", "1.0"})
		return nil
	})
	var bodies []string
	twoPages("its comments", 2, func(page github.ListOptions) (*github.Response, error) {
		comments, answer, err := client.Issues.ListComments(ctx, owner, repo, 15, &github.IssueListCommentsOptions{ListOptions: page})
		if err != nil {
			return answer, err
		}
		for _, comment := range comments {
			bodies = append(bodies, comment.GetBody())
		}
		return answer, nil
	})
	same("its comments", bodies, []string{"Comment 0 on 15", "Comment 1 on 15", "Comment 2 on 15"})
	step("its events", func() error {
		events, _, err := client.Issues.ListIssueEvents(ctx, owner, repo, 15, nil)
		if err != nil {
			return err
		}
		same("its events", []string{events[0].GetEvent(), events[1].GetEvent()}, []string{"labeled", "closed"})
		return nil
	})
	step("its timeline", func() error {
		events, _, err := client.Issues.ListIssueTimeline(ctx, owner, repo, 15, nil)
		if err != nil {
			return err
		}
		kinds := map[string]bool{}
		for _, event := range events {
			kinds[event.GetEvent()] = true
		}
		same("its timeline", kinds["closed"] && kinds["commented"], true)
		return nil
	})
	for _, name := range []string{"good first issue", "area/engine room"} {
		step("a label", func() error {
			label, _, err := client.Issues.GetLabel(ctx, owner, repo, name)
			if err != nil {
				return err
			}
			same("a label", label.GetName(), name)
			return err
		})
	}
}

func actions(client *github.Client) {
	var numbers []int
	twoPages("runs", 20, func(page github.ListOptions) (*github.Response, error) {
		runs, answer, err := client.Actions.ListRepositoryWorkflowRuns(ctx, owner, repo, &github.ListWorkflowRunsOptions{ListOptions: page})
		if err != nil {
			return answer, err
		}
		for _, run := range runs.WorkflowRuns {
			numbers = append(numbers, run.GetRunNumber())
		}
		return answer, nil
	})
	same("runs", []int{len(numbers), numbers[0], numbers[20]}, []int{35, 35, 15})
	var commit string
	step("a run", func() error {
		run, _, err := client.Actions.GetWorkflowRunByID(ctx, owner, repo, 500207)
		if err != nil {
			return err
		}
		commit = run.GetHeadSHA()
		same("a run", run.GetConclusion(), "failure")
		return nil
	})
	var jobs []int64
	twoPages("jobs", 1, func(page github.ListOptions) (*github.Response, error) {
		found, answer, err := client.Actions.ListWorkflowJobs(ctx, owner, repo, 500207, &github.ListWorkflowJobsOptions{Filter: "all", ListOptions: page})
		if err != nil {
			return answer, err
		}
		for _, job := range found.Jobs {
			jobs = append(jobs, job.GetID())
		}
		return answer, nil
	})
	same("jobs", jobs, []int64{5002071, 5002072})
	var checks []int64
	twoPages("checks", 1, func(page github.ListOptions) (*github.Response, error) {
		found, answer, err := client.Checks.ListCheckRunsForRef(ctx, owner, repo, commit, &github.ListCheckRunsOptions{Filter: github.String("all"), ListOptions: page})
		if err != nil {
			return answer, err
		}
		for _, check := range found.CheckRuns {
			checks = append(checks, check.GetID())
		}
		return answer, nil
	})
	same("checks", checks, []int64{5002072, 5002071})
	step("checks of a branch with a slash", func() error {
		found, _, err := client.Checks.ListCheckRunsForRef(ctx, owner, repo, "feature/7", nil)
		if err != nil {
			return err
		}
		same("checks of a branch with a slash", found.GetTotal(), 0)
		return nil
	})
	step("suites", func() error {
		found, _, err := client.Checks.ListCheckSuitesForRef(ctx, owner, repo, "main", nil)
		if err != nil {
			return err
		}
		same("suites", found.GetTotal(), 1)
		return nil
	})
	step("status", func() error {
		status, _, err := client.Repositories.GetCombinedStatus(ctx, owner, repo, "main", nil)
		if err != nil {
			return err
		}
		same("status", status.GetState(), "pending")
		return nil
	})
	step("artifacts", func() error {
		artifacts, _, err := client.Actions.ListWorkflowRunArtifacts(ctx, owner, repo, 500207, nil)
		if err != nil {
			return err
		}
		same("artifacts", artifacts.Artifacts[0].GetName(), "build")
		return nil
	})
	var address *url.URL
	step("an artifact", func() (err error) {
		address, _, err = client.Actions.DownloadArtifact(ctx, owner, repo, 1200207, false)
		return err
	})
	same("an artifact", bytes.HasPrefix(download("an artifact", address), []byte("PK")), true)
	step("logs of a run", func() (err error) {
		address, _, err = client.Actions.GetWorkflowRunLogs(ctx, owner, repo, 500207, false)
		return err
	})
	same("logs of a run", bytes.HasPrefix(download("logs of a run", address), []byte("PK")), true)
}

func contents(client *github.Client) {
	for _, path := range []string{"", "docs", "docs/", "docs/guide"} {
		what := "folder " + path
		step(what, func() error {
			_, entries, _, err := client.Repositories.GetContents(ctx, owner, repo, path, nil)
			if err != nil {
				return err
			}
			same(what, len(entries) > 0, true)
			return err
		})
	}
	step("a file", func() error {
		file, _, _, err := client.Repositories.GetContents(ctx, owner, repo, "docs/guide/launch.md", &github.RepositoryContentGetOptions{Ref: "feature/7"})
		if err != nil {
			return err
		}
		text, err := file.GetContent()
		same("a file", text, "# How to launch\n\nCount down to zero.\n")
		return err
	})
	step("readme", func() error {
		file, _, err := client.Repositories.GetReadme(ctx, owner, repo, nil)
		if err != nil {
			return err
		}
		same("readme", file.GetPath(), "README.md")
		return nil
	})
	var address *url.URL
	step("an archive", func() (err error) {
		address, _, err = client.Repositories.GetArchiveLink(ctx, owner, repo, github.Tarball, &github.RepositoryContentGetOptions{Ref: "feature/7"}, false)
		return err
	})
	same("an archive", len(download("an archive", address)) > 0, true)
	step("an archive of the default branch", func() (err error) {
		address, _, err = client.Repositories.GetArchiveLink(ctx, owner, repo, github.Zipball, nil, false)
		return err
	})
	same("an archive", len(download("an archive", address)) > 0, true)
}

func commits(client *github.Client, head string) {
	var messages []string
	var tip string
	twoPages("commits", 15, func(page github.ListOptions) (*github.Response, error) {
		commits, answer, err := client.Repositories.ListCommits(ctx, owner, repo, &github.CommitsListOptions{ListOptions: page})
		if err != nil {
			return answer, err
		}
		if tip == "" && len(commits) > 0 {
			tip = commits[0].GetSHA()
		}
		for _, commit := range commits {
			messages = append(messages, commit.GetCommit().GetMessage())
		}
		return answer, nil
	})
	same("commits", []string{messages[0], messages[15]}, []string{"Change 40 of rocket", "Change 25 of rocket"})
	step("a commit of a branch with a slash", func() error {
		commit, _, err := client.Repositories.GetCommit(ctx, owner, repo, "feature/7", nil)
		if err != nil {
			return err
		}
		same("a commit of a branch with a slash", commit.GetSHA(), head)
		return nil
	})
	step("only its sha", func() error {
		sha, _, err := client.Repositories.GetCommitSHA1(ctx, owner, repo, "main", "")
		if err != nil {
			return err
		}
		same("only its sha", sha, tip)
		return nil
	})
	step("a comparison", func() error {
		comparison, _, err := client.Repositories.CompareCommits(ctx, owner, repo, "v0.1.0", "feature/7", nil)
		if err != nil {
			return err
		}
		same("a comparison", comparison.GetAheadBy(), 31)
		return nil
	})
	branches := 0
	twoPages("branches", 10, func(page github.ListOptions) (*github.Response, error) {
		found, answer, err := client.Repositories.ListBranches(ctx, owner, repo, &github.BranchListOptions{ListOptions: page})
		if err != nil {
			return answer, err
		}
		branches += len(found)
		return answer, nil
	})
	same("branches", branches, 13)
	step("a reference", func() error {
		ref, _, err := client.Git.GetRef(ctx, owner, repo, "refs/heads/feature/7")
		if err != nil {
			return err
		}
		same("a reference", ref.GetObject().GetSHA(), head)
		return nil
	})
	for beginning, number := range map[string]int{"": 17, "heads/feature/": 12, "tags": 4} {
		step("references "+beginning, func() error {
			refs, _, err := client.Git.ListMatchingRefs(ctx, owner, repo, &github.ReferenceListOptions{Ref: beginning})
			if err != nil {
				return err
			}
			same("references "+beginning, len(refs), number)
			return err
		})
	}
	step("a tree", func() error {
		tree, _, err := client.Git.GetTree(ctx, owner, repo, "main", true)
		if err != nil {
			return err
		}
		same("a tree", len(tree.Entries) > 0, true)
		return nil
	})
	step("a commit object", func() error {
		commit, _, err := client.Git.GetCommit(ctx, owner, repo, tip)
		if err != nil {
			return err
		}
		same("a commit object", commit.GetMessage(), "Change 40 of rocket")
		return nil
	})
	step("a blob", func() error {
		blob, _, err := client.Git.GetBlob(ctx, owner, repo, "0000000000000000000000000000000000000600")
		if err != nil {
			return err
		}
		same("a blob", blob.GetSize(), 0x600)
		return nil
	})
}

func releases(client *github.Client) {
	var tags []string
	// Where an identity may push, GitHub's first page has a draft that octopool takes out.
	twoPages("releases", 3, func(page github.ListOptions) (*github.Response, error) {
		releases, answer, err := client.Repositories.ListReleases(ctx, owner, repo, &page)
		if err != nil {
			return answer, err
		}
		for _, release := range releases {
			tags = append(tags, release.GetTagName())
		}
		return answer, nil
	})
	same("releases", tags, []string{"v0.4.0", "v0.3.0", "v0.2.0", "v0.1.0"})
	step("the latest", func() error {
		release, _, err := client.Repositories.GetLatestRelease(ctx, owner, repo)
		if err != nil {
			return err
		}
		same("the latest", release.GetTagName(), "v0.4.0")
		return nil
	})
	step("a release by its tag", func() error {
		release, _, err := client.Repositories.GetReleaseByTag(ctx, owner, repo, "v0.1.0")
		if err != nil {
			return err
		}
		same("a release by its tag", release.GetID(), int64(50021))
		return nil
	})
	step("its files", func() error {
		assets, _, err := client.Repositories.ListReleaseAssets(ctx, owner, repo, 50021, nil)
		if err != nil {
			return err
		}
		same("its files", assets[0].GetName(), "rocket.tar.gz")
		return nil
	})
	step("the bytes of one", func() error {
		// Its own client follows the redirect, which is no request of the API.
		content, _, err := client.Repositories.DownloadReleaseAsset(ctx, owner, repo, 500210, http.DefaultClient)
		if err != nil {
			return err
		}
		defer content.Close()
		read, err := io.ReadAll(content)
		same("the bytes of one", len(read), 1024)
		return err
	})
}

func people(client *github.Client) {
	step("a user", func() error {
		user, _, err := client.Users.Get(ctx, "mona")
		if err != nil {
			return err
		}
		same("a user", user.GetID(), int64(1001))
		return nil
	})
	step("oneself", func() error {
		user, _, err := client.Users.Get(ctx, "")
		if err != nil {
			return err
		}
		same("oneself", user.GetLogin(), os.Getenv("WALK_LOGIN"))
		return nil
	})
	found := 0
	twoPages("search", 50, func(page github.ListOptions) (*github.Response, error) {
		result, answer, err := client.Search.Issues(ctx, "repo:acme/rocket is:issue is:open", &github.SearchOptions{ListOptions: page})
		if err != nil {
			return answer, err
		}
		found += len(result.Issues)
		return answer, nil
	})
	same("search", found, 89)
	step("rate limits", func() error {
		limits, _, err := client.RateLimits(ctx)
		if err != nil {
			return err
		}
		same("rate limits", limits.GetCore().Limit > 0 && limits.GetSearch().Limit > 0, true)
		return nil
	})
}

func refusals(client *github.Client) {
	refused("an issue that is not there", http.StatusNotFound, func() error {
		_, _, err := client.Issues.Get(ctx, owner, repo, 99999)
		if err != nil {
			return err
		}
		return nil
	})
	refused("a private repository", http.StatusNotFound, func() error {
		_, _, err := client.Repositories.Get(ctx, owner, "secret-plans")
		if err != nil {
			return err
		}
		return nil
	})
	var etag string
	step("a repository again", func() error {
		_, answer, err := client.Repositories.Get(ctx, owner, repo)
		if err != nil {
			return err
		}
		etag = answer.Header.Get("ETag")
		return nil
	})
	refused("what did not change", http.StatusNotModified, func() error {
		request, err := client.NewRequest(http.MethodGet, "repos/acme/rocket", nil)
		if err != nil {
			return err
		}
		request.Header.Set("If-None-Match", etag)
		_, err = client.Do(ctx, request, nil)
		return err
	})
}
