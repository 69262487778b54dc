"""Titles that are known: ours, HubSpot's, Salesforce's, and those that mean more than one thing."""

import pytest

from accounts.domain.tables import KINDS, field_of, suggest


def guessed(kind: str, *header: str) -> dict[str, str]:
    """Title -> field, a question mark behind what is not sure."""
    return {
        header[column]: guess.field + ("" if guess.sure else "?")
        for column, guess in suggest(kind, header).items()
    }


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        pytest.param(
            "accounts",
            {
                "Record ID": "external_ids.hubspot",
                "Company name": "name",
                "Company Domain Name": "domain",
                "Company owner": "owner?",
                "Industry": "industry",
                "Number of Employees": "employees",
                "Annual Revenue": "annual_revenue",
                "Country/Region": "country",
                "Lifecycle Stage": "lifecycle",
            },
            id="HubSpot companies",
        ),
        pytest.param(
            "contacts",
            {
                "Record ID": "external_ids.hubspot",
                "First Name": "name.first",
                "Last Name": "name.last",
                "Email": "email",
                "Job Title": "title",
                "Buying Role": "role",
                "Associated Company ID": "account_external_id",
                "Phone Number": "phone",
                "Unsubscribed from all email": "opt_outs.email",
            },
            id="HubSpot contacts",
        ),
        pytest.param(
            "opportunities",
            {
                "Record ID": "external_id",
                "Deal Name": "name",
                "Deal Stage": "stage",
                "Amount": "amount",
                "Close Date": "closed_at",
                "Create Date": "opened_at",
                "Is Closed Won": "outcome.won",
                'Date entered "Proposal (Sales Pipeline)"': "stages.Proposal",
            },
            id="HubSpot deals",
        ),
        pytest.param(
            "accounts",
            {
                "Account ID": "external_ids.salesforce",
                "Account Name": "name",
                "Website": "domain",
                "NumberOfEmployees": "employees",
                "AnnualRevenue": "annual_revenue",
                "CurrencyIsoCode": "currency",
                "BillingCountry": "country",
                "Owner.Email": "owner",
                "Type": "lifecycle?",
            },
            id="Salesforce accounts",
        ),
        pytest.param(
            "contacts",
            {
                "Id": "external_ids.salesforce?",
                "AccountId": "account_external_id",
                "FirstName": "name.first",
                "LastName": "name.last",
                "Email": "email",
                "Title": "title",
                "HasOptedOutOfEmail": "opt_outs.email",
                "DoNotCall": "opt_outs.call",
            },
            id="Salesforce contacts",
        ),
        pytest.param(
            "opportunities",
            {
                "Opportunity ID": "external_id",
                "AccountId": "account_external_id",
                "StageName": "stage",
                "Amount": "amount",
                "CloseDate": "closed_at",
                "CreatedDate": "opened_at",
                "IsClosed": "outcome.closed",
                "IsWon": "outcome.won",
                "Owner.Email": "owner",
            },
            id="Salesforce opportunities",
        ),
        pytest.param(
            "list_changes",
            {
                "Domain": "account_domain",
                "ABM Tier": "tier",
                "Effective date": "at",
                "Side": "side",
                "Why": "reason",
            },
            id="list changes",
        ),
        pytest.param(
            "sidecar",
            {
                "companyname": "account_name",
                "companywebsite": "account_domain",
                "companycountry": "country",
            },
            id="LinkedIn's company list",
        ),
        pytest.param(
            "sidecar",
            {
                "Record ID": "account_external_id",
                "Company name": "account_name",
                "Company Domain Name": "account_domain",
                "Target Account": "member",
                "Ideal Customer Profile Tier": "tier",
            },
            id="HubSpot's target accounts",
        ),
    ],
)
def test_the_headers_of_the_crms_are_known(kind: str, known: dict[str, str]) -> None:
    assert guessed(kind, *known) == known


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_names_and_titles_are_known(kind: str) -> None:
    for field in KINDS[kind]:
        if not field.open:
            for title in (field.name, field.title, field.title.upper()):
                assert guessed(kind, title) == {title: field.name}


@pytest.mark.parametrize(
    ("kind", "header", "known"),
    [
        pytest.param(
            "accounts", ["Domain", "Website"], {"Domain": "domain"}, id="a domain before a web address"
        ),
        pytest.param("accounts", ["Name", "Company name"], {"Name": "name"}, id="our own title first"),
        pytest.param("accounts", ["Owner", "Owner email"], {"Owner email": "owner"}, id="the sure one first"),
        pytest.param(
            "accounts", ["Pipedrive ID"], {"Pipedrive ID": "external_ids.pipedrive?"}, id="another system"
        ),
        pytest.param(
            "accounts", ["external_ids.sap"], {"external_ids.sap": "external_ids.sap"}, id="our own name"
        ),
        pytest.param(
            "accounts", ["property_name", "Name__c"], {"property_name": "name"}, id="a loader's prefix"
        ),
        pytest.param(
            "contacts", ["Name", "First Name"], {"First Name": "name.first"}, id="parts before the whole"
        ),
        pytest.param(
            "accounts", ["Umsatz", "Land"], {"Umsatz": "annual_revenue?", "Land": "country"}, id="German"
        ),
        pytest.param("accounts", ["", "Shoe size", "Owner ID"], {}, id="nothing is known of these"),
    ],
)
def test_titles_that_could_mean_more(kind: str, header: list[str], known: dict[str, str]) -> None:
    assert guessed(kind, *header) == known


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_guessed_exists(kind: str) -> None:
    header = [
        "Record ID",
        "Id",
        "Name",
        "Email",
        "Stage",
        "Date entered X",
        "Foo ID",
        "Owner",
        "Tier",
        "Type",
        "Domain",
    ]
    guesses = suggest(kind, header)
    assert all(field_of(kind, guess.field) for guess in guesses.values())
    assert len({guess.field for guess in guesses.values()}) == len(guesses)
